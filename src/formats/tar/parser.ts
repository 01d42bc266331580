import { type ByteText, fromBytes, plainText } from '../../base/byte-text.ts'
import { BLOCK, type EntryType, NO_ATTRIBUTES, paddingOf, type TarEntry } from './entry.ts'
import { tarFaults } from './faults.ts'
import { type Header, isZeroBlock, parseHeader } from './header.ts'
import { type PaxRecords, parsePax, parseTime } from './pax.ts'

/** What becomes of an archive's members: `entry`, then `data` as often as there is content, then `done`, for each in turn. */
export type TarSink = {
  entry(entry: TarEntry): void
  /** Bytes `start` to `end` of the chunk are content of the last entry. The chunk is only good until the call returns. */
  data(chunk: Uint8Array, start: number, end: number): void
  done(): void
}

const MAX_EXTENDED_BYTES = 1024 * 1024

type State = 'header' | 'extended' | 'content' | 'padding' | 'ended'

/**
 * A tar reader that bytes are pushed into. It reads v7, ustar, GNU (long names, base-256) and pax archives; global pax
 * headers are read over, as Docker does. It keeps at most one header and one extended header (1 MiB) in memory.
 * Throws `tarFaults`, and whatever the sink throws.
 */
export class TarParser {
  readonly #sink: TarSink
  #state: State = 'header'
  /** A header that is split over chunks, and how much of it is there. */
  readonly #block = new Uint8Array(BLOCK)
  #blockFilled = 0
  #remaining = 0
  #padding = 0
  #extended: { typeFlag: string; bytes: Uint8Array; filled: number } | undefined
  #overrides: Overrides = {}
  #zeroSeen = false

  constructor(sink: TarSink) {
    this.#sink = sink
  }

  /** True once the two empty blocks at the end have been seen; what follows them is ignored. */
  get ended(): boolean {
    return this.#state === 'ended'
  }

  push(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#state === 'header') at = this.#takeHeader(chunk, at)
      else if (this.#state === 'content') at = this.#takeContent(chunk, at)
      else if (this.#state === 'extended') at = this.#takeExtended(chunk, at)
      else if (this.#state === 'padding') at = this.#takePadding(chunk, at)
      else return
    }
  }

  /** Says that there is no more. An archive may lack its empty blocks, but not end within a member. */
  end(): void {
    if (this.#state === 'ended') return
    if (this.#state !== 'header' || this.#blockFilled > 0 || isPending(this.#overrides)) throw tarFaults.TRUNCATED()
    this.#state = 'ended'
  }

  #takeHeader(chunk: Uint8Array, at: number): number {
    if (this.#blockFilled === 0 && chunk.length - at >= BLOCK) {
      this.#header(chunk, at)
      return at + BLOCK
    }
    const taken = Math.min(BLOCK - this.#blockFilled, chunk.length - at)
    this.#block.set(chunk.subarray(at, at + taken), this.#blockFilled)
    this.#blockFilled += taken
    if (this.#blockFilled < BLOCK) return at + taken
    this.#blockFilled = 0
    this.#header(this.#block, 0)
    return at + taken
  }

  #header(block: Uint8Array, at: number): void {
    if (block[at] === 0 && isZeroBlock(block, at)) {
      this.#zeroBlock()
      return
    }
    if (this.#zeroSeen) throw tarFaults.HEADER('an empty block between members')
    const header = parseHeader(block, at)
    if ('xgLK'.includes(header.typeFlag)) this.#beginExtended(header)
    else this.#begin(header)
  }

  #zeroBlock(): void {
    if (isPending(this.#overrides)) throw tarFaults.TRUNCATED()
    if (this.#zeroSeen) this.#state = 'ended'
    this.#zeroSeen = true
  }

  #beginExtended({ typeFlag, size }: Header): void {
    if (size < 0) throw tarFaults.HEADER('a size below zero')
    if (size > MAX_EXTENDED_BYTES) throw tarFaults.HEADER_TOO_LARGE(size, MAX_EXTENDED_BYTES)
    this.#extended = { typeFlag, bytes: new Uint8Array(size), filled: 0 }
    this.#padding = paddingOf(size)
    this.#state = 'extended'
    if (size === 0) this.#finishExtended()
  }

  #takeExtended(chunk: Uint8Array, at: number): number {
    const extended = this.#extended!
    const taken = Math.min(extended.bytes.length - extended.filled, chunk.length - at)
    extended.bytes.set(chunk.subarray(at, at + taken), extended.filled)
    extended.filled += taken
    if (extended.filled === extended.bytes.length) this.#finishExtended()
    return at + taken
  }

  #finishExtended(): void {
    const { typeFlag, bytes } = this.#extended!
    this.#extended = undefined
    if (typeFlag === 'x') this.#overrides.pax = parsePax(bytes)
    else if (typeFlag === 'L') this.#overrides.longName = untilNul(bytes)
    else if (typeFlag === 'K') this.#overrides.longLink = untilNul(bytes)
    this.#state = this.#padding === 0 ? 'header' : 'padding'
  }

  #begin(header: Header): void {
    const entry = entryOf(header, this.#overrides)
    this.#overrides = {}
    this.#remaining = entry.size
    this.#padding = paddingOf(entry.size)
    this.#sink.entry(entry)
    if (this.#remaining === 0) this.#finish()
    else this.#state = 'content'
  }

  #takeContent(chunk: Uint8Array, at: number): number {
    const end = Math.min(chunk.length, at + this.#remaining)
    this.#sink.data(chunk, at, end)
    this.#remaining -= end - at
    if (this.#remaining === 0) this.#finish()
    return end
  }

  #finish(): void {
    this.#sink.done()
    this.#state = this.#padding === 0 ? 'header' : 'padding'
  }

  #takePadding(chunk: Uint8Array, at: number): number {
    const taken = Math.min(this.#padding, chunk.length - at)
    this.#padding -= taken
    if (this.#padding === 0) this.#state = 'header'
    return at + taken
  }
}

type Overrides = { pax?: PaxRecords; longName?: ByteText; longLink?: ByteText }
const isPending = ({ pax, longName, longLink }: Overrides) =>
  pax !== undefined || longName !== undefined || longLink !== undefined

function untilNul(bytes: Uint8Array): ByteText {
  const end = bytes.indexOf(0)
  return fromBytes(end === -1 ? bytes : bytes.subarray(0, end))
}

const TYPES: Record<string, EntryType> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'link',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
}

function entryOf(header: Header, { pax, longName, longLink }: Overrides): TarEntry {
  const named = pax ? overlay(header, pax) : { ...header, attributes: NO_ATTRIBUTES, nanoseconds: 0 }
  const name = named.paxName ?? longName ?? header.name
  const type = typeOf(header.typeFlag, name)
  if (named.size < 0) throw tarFaults.HEADER('a size below zero')
  return {
    name: name.length > 1 && name.endsWith('/') ? name.replace(/\/+$/, '') || '/' : name,
    type,
    linkName: type === 'link' || type === 'symlink' ? (named.paxLink ?? longLink ?? header.linkName) : '',
    mode: named.mode & 0o7777,
    uid: owner(named.uid),
    gid: owner(named.gid),
    userName: named.userName,
    groupName: named.groupName,
    size: type === 'file' ? named.size : 0,
    modified: { seconds: named.seconds, nanoseconds: named.nanoseconds },
    deviceMajor: named.deviceMajor,
    deviceMinor: named.deviceMinor,
    attributes: named.attributes,
  }
}

function typeOf(flag: string, name: ByteText): EntryType {
  if (flag === 'S') throw tarFaults.SPARSE(plainText(name))
  const type = TYPES[flag]
  if (type === undefined) throw tarFaults.UNKNOWN_TYPE(plainText(name), JSON.stringify(flag))
  return flag === '\0' && name.endsWith('/') ? 'directory' : type
}

/** The kernel keeps -1 for "leave it as it is", so 2^32-1 is nobody's number. */
function owner(id: number): number {
  if (id < 0 || id >= 0xffffffff) throw tarFaults.HEADER(`an owner numbered ${id}`)
  return id
}

type Overlaid = Header & {
  paxName?: ByteText
  paxLink?: ByteText
  nanoseconds: number
  attributes: ReadonlyMap<ByteText, Uint8Array>
}

const ATTRIBUTE = 'SCHILY.xattr.'

/** An extended record takes the place of the field of the same meaning; an empty value takes the record back. */
function overlay(header: Header, records: PaxRecords): Overlaid {
  const over: Overlaid = { ...header, nanoseconds: 0, attributes: NO_ATTRIBUTES }
  const attributes = new Map<ByteText, Uint8Array>()
  for (const [key, value] of records) {
    if (key.startsWith('GNU.sparse.')) throw tarFaults.SPARSE(plainText(header.name))
    if (key.startsWith(ATTRIBUTE)) attributes.set(key.slice(ATTRIBUTE.length), value)
    else if (value.length > 0) apply(over, key, value)
  }
  if (attributes.size > 0) over.attributes = attributes
  return over
}

function apply(over: Overlaid, key: ByteText, value: Uint8Array): void {
  if (key === 'path') over.paxName = withoutNul(value)
  else if (key === 'linkpath') over.paxLink = withoutNul(value)
  else if (key === 'size') over.size = decimal(value)
  else if (key === 'uid') over.uid = decimal(value)
  else if (key === 'gid') over.gid = decimal(value)
  else if (key === 'uname') over.userName = fromBytes(value)
  else if (key === 'gname') over.groupName = fromBytes(value)
  else if (key === 'mtime') Object.assign(over, parseTime(fromBytes(value)))
}

function withoutNul(value: Uint8Array): ByteText {
  if (value.includes(0)) throw tarFaults.HEADER('a name with a NUL byte')
  return fromBytes(value)
}

function decimal(value: Uint8Array): number {
  const text = fromBytes(value)
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(Number(text)))
    throw tarFaults.HEADER('a broken number in an extended header')
  return Number(text)
}
