import { createHash } from 'node:crypto'

/**
 * What tells one daemon on a machine from another. Everything that it makes outside its directories carries a name that
 * follows from the data root, so that several daemons never meet.
 */
export type Instance = {
  /** '' for the default data root, else 8 hex characters of the hash of the data root. */
  readonly id: string
  readonly dataRoot: string
  readonly execRoot: string
  /** The default bridge: `berth0`, or `br-<id>` (at most 15 characters, IFNAMSIZ). */
  readonly bridge: string
  /** The nftables table: `berth` or `berth_<id>`. */
  readonly table: string
  /** The parent of every container's cgroup: `/berth` or `/berth-<id>`. */
  readonly cgroupParent: string
  /** The first part of the name of every interface that is not the bridge; 7 characters: `bv` + 5 hex, and 8 hex of the address follow. */
  readonly linkPrefix: string
}

export const DEFAULT_DATA_ROOT = '/var/lib/berth'
export const DEFAULT_EXEC_ROOT = '/run/berth'

export function instanceAt(dataRoot: string, execRoot: string): Instance {
  const hash = createHash('sha256').update(dataRoot).digest('hex')
  const id = dataRoot === DEFAULT_DATA_ROOT ? '' : hash.slice(0, 8)
  return {
    id,
    dataRoot,
    execRoot,
    bridge: id ? `br-${id}` : 'berth0',
    table: id ? `berth_${id}` : 'berth',
    cgroupParent: id ? `/berth-${id}` : '/berth',
    linkPrefix: `bv${hash.slice(0, 5)}`,
  }
}
