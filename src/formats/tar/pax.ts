import { type ByteText, fromBytes, toBytes } from '../../base/byte-text.ts'
import { tarFaults } from './faults.ts'

/** Records of an extended header (POSIX pax, "pax Header Block"): `<length> <key>=<value>\n`, the length counting itself. */
export type PaxRecords = Map<ByteText, Uint8Array>

const SPACE = 0x20
const EQUALS = 0x3d
const NEWLINE = 0x0a

export function parsePax(bytes: Uint8Array): PaxRecords {
  const records: PaxRecords = new Map()
  for (let at = 0; at < bytes.length; ) {
    const end = at + recordLength(bytes, at)
    const keyAt = bytes.indexOf(SPACE, at) + 1
    const equals = bytes.indexOf(EQUALS, keyAt)
    if (end > bytes.length || keyAt > end || equals < keyAt || equals >= end || bytes[end - 1] !== NEWLINE)
      throw broken()
    records.set(fromBytes(bytes.subarray(keyAt, equals)), bytes.slice(equals + 1, end - 1))
    at = end
  }
  return records
}

const broken = () => tarFaults.HEADER('a broken record in an extended header')

function recordLength(bytes: Uint8Array, at: number): number {
  let length = 0
  let digits = 0
  for (let i = at; i < bytes.length && bytes[i] !== SPACE; i++, digits++) {
    const digit = bytes[i]! - 0x30
    if (digit < 0 || digit > 9 || digits > 8) throw broken()
    length = length * 10 + digit
  }
  if (digits === 0 || length <= digits + 2) throw broken()
  return length
}

export function encodePax(records: PaxRecords): Buffer {
  return Buffer.concat([...records].map(([key, value]) => encodeRecord(key, value)))
}

function encodeRecord(key: ByteText, value: Uint8Array): Buffer {
  const rest = key.length + value.length + 3
  let length = rest + String(rest).length
  if (String(length).length !== String(rest).length) length = rest + String(length).length
  return Buffer.concat([toBytes(`${length} ${key}=`), value, toBytes('\n')])
}

/** A decimal number of seconds with a fraction, as `mtime` has it; rounded down to nanoseconds. */
export function parseTime(text: string): { seconds: number; nanoseconds: number } {
  const match = /^(-?)(\d{1,15})(?:\.(\d*))?$/.exec(text)
  if (!match) throw tarFaults.HEADER('a broken time in an extended header')
  const nanoseconds = Number((match[3] ?? '').slice(0, 9).padEnd(9, '0'))
  const whole = Number(match[2])
  if (match[1] === '') return { seconds: whole, nanoseconds }
  return nanoseconds === 0
    ? { seconds: 0 - whole, nanoseconds: 0 }
    : { seconds: -whole - 1, nanoseconds: 1e9 - nanoseconds }
}

export function formatTime({ seconds, nanoseconds }: { seconds: number; nanoseconds: number }): string {
  if (nanoseconds === 0) return String(seconds)
  const [whole, fraction, sign] = seconds < 0 ? [-seconds - 1, 1e9 - nanoseconds, '-'] : [seconds, nanoseconds, '']
  return `${sign}${whole}.${String(fraction).padStart(9, '0').replace(/0+$/, '')}`
}
