import { parseBytes } from '../../../base/units.ts'
import { parseCsvLine } from '../../../formats/csv/csv.ts'
import type { ThrottleDevice, Ulimit, WeightDevice } from '../../../formats/engine-api/common.ts'

/** Values of the flags that limit a container. Each throws with docker's words. */
const BILLION = 1_000_000_000n

/** `1.5`, `3/2`, `2e-1`: CPUs in units of 1e-9, exactly. */
export function parseCpus(text: string): number {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?(?:\/(\d+))?$/.exec(text)
  if (!match || (!match[2] && !match[3]) || (match[5] && (match[3] !== undefined || match[4]))) {
    throw new Error(`failed to parse ${text} as a rational number`)
  }
  const fraction = match[3] ?? ''
  const power = Number(match[4] ?? 0) - fraction.length
  const top = BigInt(`${match[2]}${fraction}`) * BILLION * (power > 0 ? 10n ** BigInt(power) : 1n)
  const bottom = (match[5] ? BigInt(match[5]) : 1n) * (power < 0 ? 10n ** BigInt(-power) : 1n)
  if (bottom === 0n) throw new Error(`failed to parse ${text} as a rational number`)
  if (top % bottom !== 0n) throw new Error('value is too precise')
  return Number(match[1] === '-' ? -top / bottom : top / bottom)
}

/** Bytes, or -1 for no limit. */
export const parseSwap = (text: string): number => (text === '-1' ? -1 : parseBytes(text))

const ULIMITS = new Set(
  'core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack'.split(' '),
)

/** `name=soft[:hard]`. */
export function parseUlimit(text: string): Ulimit {
  const at = text.indexOf('=')
  if (at < 0) throw new Error(`invalid ulimit argument: ${text}`)
  const name = text.slice(0, at)
  if (!ULIMITS.has(name)) throw new Error(`invalid ulimit type: ${name}`)
  const limits = text.slice(at + 1).split(':')
  if (limits.length > 2) {
    throw new Error(`too many limit value arguments - ${text.slice(at + 1)}, can only have up to two, \`soft[:hard]\``)
  }
  const [soft, hard = soft] = limits.toReversed().map(parseDecimal).toReversed() as [number, number?]
  checkOrder(soft, hard!)
  return { Name: name, Soft: soft, Hard: hard! }
}

function checkOrder(soft: number, hard: number): void {
  const complaint = 'ulimit soft limit must be less than or equal to hard limit: '
  if (hard === -1) return
  if (soft === -1) throw new Error(`${complaint}soft: -1 (unlimited), hard: ${hard}`)
  if (soft > hard) throw new Error(`${complaint}${soft} > ${hard}`)
}

function parseDecimal(text: string): number {
  if (/^[+-]?\d+$/.test(text)) return Number(text)
  throw new Error(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
}

function deviceAndValue(text: string): [string, string] {
  const at = text.indexOf(':')
  if (at <= 0) throw new Error(`bad format: ${text}`)
  const device = text.slice(0, at)
  if (!device.startsWith('/dev/')) throw new Error(`bad format for device path: ${text}`)
  return [device, text.slice(at + 1)]
}

/** `/dev/sda:1mb`. */
export function parseDeviceBytes(text: string): ThrottleDevice {
  const [Path, rate] = deviceAndValue(text)
  try {
    return { Path, Rate: parseBytes(rate) }
  } catch {
    throw new Error(
      `invalid rate for device: ${text}. The correct format is <device-path>:<number>[<unit>]. Number must be a positive integer. Unit is optional and can be kb, mb, or gb`,
    )
  }
}

/** `/dev/sda:100` operations a second. */
export function parseDeviceOperations(text: string): ThrottleDevice {
  const [Path, rate] = deviceAndValue(text)
  if (/^\d+$/.test(rate)) return { Path, Rate: Number(rate) }
  throw new Error(
    `invalid rate for device: ${text}. The correct format is <device-path>:<number>. Number must be a positive integer`,
  )
}

/** `/dev/sda:500`. */
export function parseDeviceWeight(text: string): WeightDevice {
  const [Path, weight] = deviceAndValue(text)
  const Weight = /^\d{1,5}$/.test(weight) ? Number(weight) : -1
  if (Weight === 0 || (Weight >= 10 && Weight <= 1000)) return { Path, Weight }
  throw new Error(`invalid weight for device: ${text}`)
}

export type DeviceRequest = {
  Driver: string
  Count: number
  DeviceIDs: string[] | null
  Capabilities: string[][] | null
  Options: Record<string, string> | null
}

/** `all`, `2`, `device=0,capabilities=compute`: NVIDIA's and others' GPUs. */
export function parseGpus(text: string): DeviceRequest {
  const request: DeviceRequest = { Driver: '', Count: 0, DeviceIDs: null, Capabilities: [['gpu']], Options: {} }
  const seen = new Set<string>()
  for (const field of parseCsvLine(text)) {
    const at = field.indexOf('=')
    const key = at < 0 ? field : field.slice(0, at)
    if (seen.has(key)) throw new Error(`gpu request key '${key}' can be specified only once`)
    seen.add(key)
    if (at < 0) {
      seen.add('count')
      request.Count = gpuCount(key)
    } else setGpuField(request, key, field.slice(at + 1), field)
  }
  if (!seen.has('count') && !request.DeviceIDs) request.Count = 1
  return request
}

function setGpuField(request: DeviceRequest, key: string, value: string, field: string): void {
  if (key === 'driver') request.Driver = value
  else if (key === 'count') request.Count = gpuCount(value)
  else if (key === 'device') request.DeviceIDs = value.split(',')
  else if (key === 'capabilities') request.Capabilities = [[...value.split(','), 'gpu']]
  else if (key === 'options') request.Options = Object.fromEntries(parseCsvLine(value).map(pairOf))
  else throw new Error(`unexpected key '${key}' in '${field}'`)
}

function gpuCount(text: string): number {
  if (text === 'all') return -1
  if (/^[+-]?\d+$/.test(text)) return Number(text)
  throw new Error(`invalid count (${text}): value must be either "all" or an integer: invalid syntax`)
}

export function pairOf(text: string): [string, string] {
  const at = text.indexOf('=')
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
