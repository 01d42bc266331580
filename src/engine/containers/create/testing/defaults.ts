import type { ContainerConfig, ContainerCreate, HostConfig } from '../../../../formats/engine-api/container.ts'
import type { ImageDefaults } from '../../../../formats/oci-image/config.ts'
import type { Image } from '../../../images/image.ts'
import type { ContainerRecord } from '../../container.ts'
import { type HostFacts, readHostFacts } from '../../spec/host-facts.ts'
import { type DaemonDefaults, daemonDefaults } from '../daemon-defaults.ts'
import { prepareCreate } from '../prepare.ts'

const everything: HostFacts['limits'] = {
  memory: true,
  swap: true,
  memoryReservation: true,
  memorySwappiness: true,
  oomKillDisable: true,
  cpuShares: true,
  cpuQuota: true,
  cpuset: true,
  pids: true,
  blkioWeight: true,
  blkioWeightDevice: true,
  blkioThrottle: true,
}

/** A machine of two processors that keeps every limit. */
export const host: HostFacts = {
  ...readHostFacts(),
  cpus: 2,
  cpuList: '0-1',
  memoryNodes: '0',
  appArmor: false,
  limits: everything,
}

export const other = { id: 'f'.repeat(64), name: 'other', mounts: [] } as unknown as ContainerRecord

export const defaults = (more: Partial<DaemonDefaults> = {}): DaemonDefaults =>
  daemonDefaults({
    host,
    volumeRoot: '/data/volumes',
    findImage: given => (given === 'tools' ? { id: `sha256:${'1'.repeat(64)}`, diffIds: ['sha256:2'] } : undefined),
    findContainer: given => (given === 'other' || other.id.startsWith(given) ? other : undefined),
    ...more,
  })

export const imageOf = (config: ImageDefaults = {}): Pick<Image, 'config'> =>
  ({ config: { config } }) as unknown as Pick<Image, 'config'>

/** A create body that is well except for what is given. */
export const prepare = (
  hostConfig: HostConfig = {},
  config: ContainerConfig = {},
  more: Partial<DaemonDefaults> = {},
) =>
  prepareCreate(
    { Image: 'x', Cmd: ['true'], ...config, HostConfig: hostConfig } as ContainerCreate,
    imageOf(),
    defaults(more),
    'abcdef0123456789',
  )
