/** Durations as Go writes and reads them (`1h2m3.5s`), and as Docker tells them to people (`About a minute`). All values are nanoseconds. */
const UNITS: Record<string, bigint> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
}
const SECOND = 1_000_000_000n
const MAX = 2n ** 63n - 1n

/** A duration that cannot be read; the message is Go's own. */
export class DurationError extends Error {
  override readonly name = 'DurationError'
}

/** Nanoseconds of a Go duration (`300ms`, `-1.5h`, `2h45m`, `0`). Exact to 2^53 ns (104 days). Throws {@link DurationError}. */
export const parseDuration = (text: string): number => Number(parseDurationExact(text))

/** As {@link parseDuration}, exact over the whole range of Go's int64. */
export function parseDurationExact(text: string): bigint {
  const quoted = JSON.stringify(text)
  const [, sign, rest] = /^([+-]?)(.*)$/s.exec(text) as unknown as [string, string, string]
  if (rest === '0') return 0n
  if (rest === '' || rest.length > 128) throw new DurationError(`time: invalid duration ${quoted}`)
  const total = sumOfParts(rest, quoted)
  if (total > MAX) throw new DurationError(`time: invalid duration ${quoted}`)
  return sign === '-' ? -total : total
}

function sumOfParts(text: string, quoted: string): bigint {
  let total = 0n
  for (let rest = text; rest !== ''; ) {
    const part = /^(\d*)(?:\.(\d*))?([^\d.]*)/.exec(rest)!
    const [whole, , fraction = '', unit] = [part[0], null, part[2], part[3]!]
    if (part[1] === '' && fraction === '') throw new DurationError(`time: invalid duration ${quoted}`)
    if (unit === '') throw new DurationError(`time: missing unit in duration ${quoted}`)
    const size = Object.hasOwn(UNITS, unit) ? UNITS[unit]! : undefined
    if (!size) throw new DurationError(`time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`)
    total += BigInt(part[1] || '0') * size + (BigInt(fraction || '0') * size) / 10n ** BigInt(fraction.length)
    rest = rest.slice(whole.length)
  }
  return total
}

/** Go's `Duration.String`: `1h0m0s`, `1.5s`, `300ms`, `2µs`, `0s`. */
export function formatDuration(nanoseconds: number | bigint): string {
  const value = typeof nanoseconds === 'bigint' ? nanoseconds : BigInt(Math.trunc(nanoseconds))
  if (value < 0n) return `-${formatDuration(-value)}`
  if (value === 0n) return '0s'
  if (value < 1_000n) return `${value}ns`
  if (value < 1_000_000n) return `${decimal(value, 3)}µs`
  if (value < SECOND) return `${decimal(value, 6)}ms`
  const hours = value / UNITS['h']!
  const minutes = (value / UNITS['m']!) % 60n
  const seconds = `${decimal(value % UNITS['m']!, 9)}s`
  return value < UNITS['m']! ? seconds : hours > 0n ? `${hours}h${minutes}m${seconds}` : `${minutes}m${seconds}`
}

function decimal(value: bigint, places: number): string {
  const unit = 10n ** BigInt(places)
  const fraction = String(value % unit)
    .padStart(places, '0')
    .replace(/0+$/, '')
  return fraction === '' ? `${value / unit}` : `${value / unit}.${fraction}`
}

/** Docker's `Up About a minute`, `3 weeks`: how long, told to a person. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000)
  if (seconds < 1) return 'Less than a second'
  if (seconds === 1) return '1 second'
  if (seconds < 60) return `${seconds} seconds`
  const minutes = Math.trunc(seconds / 60)
  if (minutes === 1) return 'About a minute'
  if (minutes < 60) return `${minutes} minutes`
  return humanHours(milliseconds / 3_600_000)
}

function humanHours(exact: number): string {
  const hours = Math.trunc(exact + 0.5)
  if (hours === 1) return 'About an hour'
  if (hours < 48) return `${hours} hours`
  if (hours < 24 * 7 * 2) return `${Math.trunc(hours / 24)} days`
  if (hours < 24 * 30 * 2) return `${Math.trunc(hours / 24 / 7)} weeks`
  if (hours < 24 * 365 * 2) return `${Math.trunc(hours / 24 / 30)} months`
  return `${Math.trunc(Math.trunc(exact) / 24 / 365)} years`
}
