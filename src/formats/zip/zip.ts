import { inflateRawSync } from 'node:zlib'
import { zipFaults } from './faults.ts'

/** Source: APPNOTE.TXT of PKWARE, 4.3: the records and their signatures. */
const END_SIGNATURE = 0x06054b50
const ENTRY_SIGNATURE = 0x02014b50
const LOCAL_SIGNATURE = 0x04034b50
const END_BYTES = 22
const ENTRY_BYTES = 46
const LOCAL_BYTES = 30
const MOST_COMMENT = 65_535
const STORED = 0
const DEFLATED = 8
const ENCRYPTED = 1

export type ZipMember = { name: string; content: Uint8Array }

export const isZip = (bytes: Uint8Array): boolean =>
  bytes.length >= END_BYTES && viewOf(bytes).getUint32(0, true) === LOCAL_SIGNATURE

/** The files of an archive, by its directory at the end. Together they may not grow beyond `mostBytes`. */
export function* zipMembers(bytes: Uint8Array, mostBytes: number): Generator<ZipMember> {
  const view = viewOf(bytes)
  try {
    let left = mostBytes
    for (const entry of entriesOf(bytes, view)) {
      if (entry.name.endsWith('/')) continue
      if (entry.size > left) throw zipFaults.TOO_LARGE(mostBytes)
      const content = contentOf(bytes, view, entry)
      left -= content.length
      yield { name: entry.name, content }
    }
  } catch (failure) {
    if (failure instanceof RangeError) throw zipFaults.BROKEN('it is cut off', { cause: failure })
    throw failure
  }
}

type Entry = { name: string; method: number; flags: number; packed: number; size: number; at: number }

function* entriesOf(bytes: Uint8Array, view: DataView): Generator<Entry> {
  const end = endOf(view)
  let at = view.getUint32(end + 16, true)
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    if (view.getUint32(at, true) !== ENTRY_SIGNATURE) throw zipFaults.BROKEN('its directory is damaged')
    const [name, extra, comment] = [28, 30, 32].map(place => view.getUint16(at + place, true)) as [
      number,
      number,
      number,
    ]
    yield {
      name: new TextDecoder().decode(bytes.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + name)),
      flags: view.getUint16(at + 8, true),
      method: view.getUint16(at + 10, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      at: view.getUint32(at + 42, true),
    }
    at += ENTRY_BYTES + name + extra + comment
  }
}

function endOf(view: DataView): number {
  const last = view.byteLength - END_BYTES
  for (let at = last; at >= Math.max(0, last - MOST_COMMENT); at--)
    if (view.getUint32(at, true) === END_SIGNATURE) return at
  throw zipFaults.BROKEN('it has no directory')
}

function contentOf(bytes: Uint8Array, view: DataView, { name, method, flags, packed, size, at }: Entry): Uint8Array {
  if (flags & ENCRYPTED || view.getUint32(at, true) !== LOCAL_SIGNATURE)
    throw zipFaults.BROKEN(`${name} cannot be read`)
  const start = at + LOCAL_BYTES + view.getUint16(at + 26, true) + view.getUint16(at + 28, true)
  const content = bytes.subarray(start, start + packed)
  if (method === STORED && packed === size && content.length === size) return content
  if (method !== DEFLATED) throw zipFaults.BROKEN(`${name} cannot be read`)
  return inflate(name, content, size)
}

/** Never more than the directory says. */
function inflate(name: string, content: Uint8Array, size: number): Uint8Array {
  try {
    const bytes = inflateRawSync(content, { maxOutputLength: Math.max(1, size) })
    if (bytes.length === size) return bytes
  } catch (failure) {
    throw zipFaults.BROKEN(`${name} cannot be read`, { cause: failure })
  }
  throw zipFaults.BROKEN(`${name} has another size`)
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
