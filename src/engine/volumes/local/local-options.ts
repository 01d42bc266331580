import { parseBytes } from '../../../base/units.ts'
import { volumeFaults } from '../faults.ts'
import type { VolumeOptions } from '../volume.ts'

/** What the options of a local volume ask for. */
export type LocalOptions = {
  /** Mounted on the volume's directory while it is used. */
  mount?: LocalMount
  /** Limit of its directory in bytes; 0: none. */
  sizeBytes: number
}
export type LocalMount = { type: string; device: string; options: string }

const KNOWN = ['type', 'o', 'device', 'size']
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  device: ['type'],
  type: ['device'],
  o: ['device', 'type'],
}

/** Throws volumeFaults in Docker's words. */
export function readLocalOptions(name: string, options: VolumeOptions): LocalOptions {
  const unknown = Object.keys(options).find(key => !KNOWN.includes(key))
  if (unknown !== undefined) throw volumeFaults.OPTION_UNKNOWN(name, unknown)
  refusePort(name, options)
  const sizeBytes = sizeOf(name, options['size'])
  for (const [key, needed] of Object.entries(NEEDED)) {
    const missing = key in options ? needed.find(other => !(other in options)) : undefined
    if (missing !== undefined) throw volumeFaults.OPTION_MISSING(name, missing)
  }
  const { type = '', device = '', o = '' } = options
  refuseNul(name, options)
  return { sizeBytes, ...((type || device) && { mount: { type, device, options: o } }) }
}

function sizeOf(name: string, text: string | undefined): number {
  if (text === undefined) return 0
  try {
    return parseBytes(text)
  } catch (failure) {
    throw volumeFaults.OPTION_INVALID(name, (failure as Error).message, { cause: failure })
  }
}

function refusePort(name: string, { type, device = '' }: VolumeOptions): void {
  if (type === 'cifs' && /^(\w+:)?\/\/[^/]*:\d+(\/|$)/.test(device)) {
    throw volumeFaults.OPTION_INVALID(name, "port not allowed in CIFS device URL, include 'port' in 'o='")
  }
}

/** The kernel would see less than was checked. */
function refuseNul(name: string, options: VolumeOptions): void {
  const key = Object.keys(options).find(key => options[key]!.includes('\0'))
  if (key !== undefined) throw volumeFaults.OPTION_INVALID(name, `option ${JSON.stringify(key)} has a NUL byte in it`)
}
