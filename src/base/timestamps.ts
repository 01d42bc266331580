import { parseDurationExact } from './durations.ts'

/** Moments as bigint nanoseconds since 1970, and the texts that Docker's API and CLI use for them. */
export const ZERO_TIME = '0001-01-01T00:00:00Z'
const SECOND = 1_000_000_000n
const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,18}))?([Zz]|[+-]\d\d:\d\d)$/
const PARTIAL = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?)?([Zz]|[+-]\d\d:\d\d)?$/

/** A moment that cannot be read. */
export class TimestampError extends Error {
  override readonly name = 'TimestampError'
}

/** Now, with the clock's full resolution as far as the runtime gives it. */
export const nowNanoseconds = (): bigint =>
  BigInt(Math.trunc(performance.timeOrigin * 1000 + performance.now() * 1000)) * 1000n

/** RFC3339Nano in UTC, as Go prints it: trailing zeros of the fraction are dropped. */
export function formatTimestamp(nanoseconds: bigint): string {
  const [seconds, rest] = split(nanoseconds)
  const fraction = String(rest).padStart(9, '0').replace(/0+$/, '')
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19)
  return fraction === '' ? `${whole}Z` : `${whole}.${fraction}Z`
}

/** As {@link formatTimestamp} with all nine digits: `docker logs --timestamps`. */
export function formatTimestampFixed(nanoseconds: bigint): string {
  const [seconds, rest] = split(nanoseconds)
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${String(rest).padStart(9, '0')}Z`
}

/** Nanoseconds of an RFC 3339 text. Throws {@link TimestampError}. */
export function parseTimestamp(text: string): bigint {
  const match = RFC3339.exec(text)
  if (!match) throw new TimestampError(`cannot parse ${JSON.stringify(text)} as an RFC 3339 time`)
  return fromParts(text, match)
}

/** Nanoseconds of `seconds[.fraction]`, as `since`/`until` come over the wire. Throws {@link TimestampError}. */
export function parseUnix(text: string): bigint {
  const match = /^(-?)(\d{1,15})(?:\.(\d{1,9})\d*)?$/.exec(text)
  if (!match) throw new TimestampError(`failed to parse value as time or duration: ${JSON.stringify(text)}`)
  const value = BigInt(match[2]!) * SECOND + BigInt((match[3] ?? '').padEnd(9, '0'))
  return match[1] === '-' ? -value : value
}

/** `seconds.nanoseconds`, what the API takes as `since` and `until`. */
export function formatUnix(nanoseconds: bigint): string {
  const [seconds, rest] = split(nanoseconds)
  return `${seconds}.${String(rest).padStart(9, '0')}`
}

/**
 * What people give to `--since`/`--until`: a Go duration before `now`, RFC 3339 or a part of it (local zone if none is
 * named), or unix seconds. Throws {@link TimestampError} with Docker's text.
 */
export function parseMoment(text: string, now: bigint): bigint {
  const ago = durationOrUndefined(text)
  if (ago !== undefined) return ((now - ago) / SECOND) * SECOND
  const match = PARTIAL.exec(text)
  if (match) return fromParts(text, match)
  return parseUnix(text)
}

function durationOrUndefined(text: string): bigint | undefined {
  if (text === '0') return undefined
  try {
    return parseDurationExact(text)
  } catch {
    return undefined
  }
}

function fromParts(text: string, match: RegExpExecArray): bigint {
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map(index => Number(match[index] ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const utc = new Date(0)
  utc.setUTCFullYear(year, month - 1, day)
  utc.setUTCHours(hour, minute, second)
  const sameFields = utc.getUTCMonth() === month - 1 && utc.getUTCDate() === day && utc.getUTCHours() === hour
  if (!sameFields || minute > 59 || second > 59)
    throw new TimestampError(`parsing time ${JSON.stringify(text)}: out of range`)
  const offset = match[8] === undefined ? localOffset(year, month, day, hour, minute, second) : zoneOffset(match[8])
  return (BigInt(utc.getTime() / 1000) - BigInt(offset)) * SECOND + BigInt((match[7] ?? '').slice(0, 9).padEnd(9, '0'))
}

function zoneOffset(zone: string): number {
  if (/^z$/i.test(zone)) return 0
  const seconds = Number(zone.slice(1, 3)) * 3600 + Number(zone.slice(4, 6)) * 60
  return zone[0] === '-' ? -seconds : seconds
}

const localOffset = (year: number, month: number, day: number, hour: number, minute: number, second: number): number =>
  -new Date(year, month - 1, day, hour, minute, second).getTimezoneOffset() * 60

function split(nanoseconds: bigint): [bigint, bigint] {
  const rest = ((nanoseconds % SECOND) + SECOND) % SECOND
  return [(nanoseconds - rest) / SECOND, rest]
}
