import type { Header } from './decoder.ts'
import { STATIC_HEADERS } from './static-headers.table.ts'

const exact = new Map(STATIC_HEADERS.map(([name, value], place) => [`${name}\0${value}`, place + 1]))
const byName = new Map([...STATIC_HEADERS.entries()].reverse().map(([place, [name]]) => [name, place + 1]))

/** Literals only, nothing is remembered: a table saves little on a local socket, and secrets of headers stay out of it. */
export const encodeHeaders = (headers: readonly Header[]): Buffer => Buffer.concat(headers.flatMap(field))

/** Source: RFC 7541, sections 6.1 and 6.2.2. */
function field([name, value]: Header): Buffer[] {
  const known = exact.get(`${name}\0${value}`)
  if (known !== undefined) return [integer(0x80, 7, known)]
  const index = byName.get(name)
  return index === undefined
    ? [integer(0, 4, 0), ...text(name), ...text(value)]
    : [integer(0, 4, index), ...text(value)]
}

function text(value: string): Buffer[] {
  const bytes = Buffer.from(value, 'latin1')
  return [integer(0, 7, bytes.length), bytes]
}

function integer(flags: number, prefixBits: number, value: number): Buffer {
  const mask = 2 ** prefixBits - 1
  if (value < mask) return Buffer.from([flags | value])
  const bytes = [flags | mask]
  let rest = value - mask
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80)
  bytes.push(rest)
  return Buffer.from(bytes)
}
