import { type ByteText, byteText, toBytes } from '../../base/byte-text.ts'
import { BLOCK, type EntryType, paddingOf, type TarEntry } from './entry.ts'
import { encodePax, formatTime, type PaxRecords } from './pax.ts'

const FLAGS: Record<EntryType, string> = {
  file: '0',
  link: '1',
  symlink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
}

const MAX_OCTAL_7 = 0o7777777
const MAX_OCTAL_11 = 0o77777777777

/** The two empty blocks at the end of every archive. */
export const TAR_END = new Uint8Array(2 * BLOCK)

export const paddingAfter = (size: number): Uint8Array => TAR_END.subarray(0, paddingOf(size))

/**
 * The header of one member: a ustar block, with a pax block before it for all that does not fit in (long or non-ASCII names,
 * great numbers, parts of a second, attributes), as Go's archive/tar writes it. Content and padding have to follow.
 */
export function encodeHeader(entry: TarEntry): Uint8Array {
  const name = entry.type === 'directory' && entry.name !== '' ? `${entry.name.replace(/\/+$/, '')}/` : entry.name
  const split = splitName(name)
  const records = recordsOf(entry, name, split)
  const block = encodeBlock(entry, split ?? { prefix: '', name: name.slice(0, 100) })
  return records.size === 0 ? block : Buffer.concat([extension(name, encodePax(records)), block])
}

const ASCII = /^[\x01-\x7f]*$/

function recordsOf(entry: TarEntry, name: ByteText, split: Split | undefined): PaxRecords {
  const records: PaxRecords = new Map()
  if (split === undefined) records.set('path', toBytes(name))
  if (entry.linkName.length > 100 || !ASCII.test(entry.linkName)) records.set('linkpath', toBytes(entry.linkName))
  if (entry.size > MAX_OCTAL_11) records.set('size', toBytes(String(entry.size)))
  if (entry.uid > MAX_OCTAL_7) records.set('uid', toBytes(String(entry.uid)))
  if (entry.gid > MAX_OCTAL_7) records.set('gid', toBytes(String(entry.gid)))
  if (!fitsName(entry.userName)) records.set('uname', toBytes(entry.userName))
  if (!fitsName(entry.groupName)) records.set('gname', toBytes(entry.groupName))
  if (!fitsTime(entry.modified)) records.set('mtime', toBytes(formatTime(entry.modified)))
  for (const [key, value] of entry.attributes) records.set(`SCHILY.xattr.${key}`, value)
  return records
}

const fitsName = (name: ByteText) => name.length <= 32 && ASCII.test(name)
const fitsTime = ({ seconds, nanoseconds }: TarEntry['modified']) =>
  nanoseconds === 0 && seconds >= 0 && seconds <= MAX_OCTAL_11

type Split = { prefix: ByteText; name: ByteText }

/** Name and front part as ustar splits them at a slash, or undefined if the name needs a pax record. */
function splitName(name: ByteText): Split | undefined {
  if (!ASCII.test(name)) return undefined
  if (name.length <= 100) return { prefix: '', name }
  const slash = name.lastIndexOf('/', Math.min(155, name.length - 2))
  if (slash <= 0 || name.length - slash - 1 > 100) return undefined
  return { prefix: name.slice(0, slash), name: name.slice(slash + 1) }
}

function extension(name: ByteText, content: Buffer): Buffer {
  const slash = name.replace(/\/+$/, '').lastIndexOf('/')
  const pseudo = `${name.slice(0, slash + 1)}PaxHeaders.0/${name.slice(slash + 1)}`
    .replaceAll(/[^\x20-\x7e]/g, '')
    .slice(0, 100)
  const block = Buffer.alloc(BLOCK)
  placeText(block, 0, pseudo)
  fillCommon(block, { mode: 0, uid: 0, gid: 0, size: content.length, seconds: 0 }, 'x')
  seal(block)
  return Buffer.concat([block, content, paddingAfter(content.length)])
}

function encodeBlock(entry: TarEntry, { prefix, name }: Split): Buffer {
  const block = Buffer.alloc(BLOCK)
  placeText(block, 0, name)
  fillCommon(block, { ...entry, seconds: fitsSeconds(entry.modified.seconds) }, FLAGS[entry.type])
  if (ASCII.test(entry.linkName)) placeText(block, 157, entry.linkName.slice(0, 100))
  if (ASCII.test(entry.userName)) placeText(block, 265, entry.userName.slice(0, 32))
  if (ASCII.test(entry.groupName)) placeText(block, 297, entry.groupName.slice(0, 32))
  if (entry.type === 'character' || entry.type === 'block') {
    placeOctal(block, 329, 8, entry.deviceMajor)
    placeOctal(block, 337, 8, entry.deviceMinor)
  }
  placeText(block, 345, prefix)
  seal(block)
  return block
}

const fitsSeconds = (seconds: number) => Math.min(Math.max(seconds, 0), MAX_OCTAL_11)

type Common = { mode: number; uid: number; gid: number; size: number; seconds: number }

function fillCommon(block: Buffer, { mode, uid, gid, size, seconds }: Common, flag: string): void {
  placeOctal(block, 100, 8, mode)
  placeOctal(block, 108, 8, uid > MAX_OCTAL_7 ? 0 : uid)
  placeOctal(block, 116, 8, gid > MAX_OCTAL_7 ? 0 : gid)
  placeOctal(block, 124, 12, size > MAX_OCTAL_11 ? 0 : size)
  placeOctal(block, 136, 12, seconds)
  placeText(block, 156, flag)
  placeText(block, 257, 'ustar\x0000')
}

/** The sum over the block with blanks in its own place (POSIX ustar, "chksum"). */
function seal(block: Buffer): void {
  block.fill(0x20, 148, 156)
  let sum = 0
  for (const byte of block) sum += byte
  placeText(block, 148, `${sum.toString(8).padStart(6, '0')}\0 `)
}

function placeOctal(block: Buffer, at: number, length: number, value: number): void {
  placeText(block, at, value.toString(8).padStart(length - 1, '0'))
}

function placeText(block: Buffer, at: number, text: ByteText): void {
  block.write(text, at, 'latin1')
}

/** A whole small member: header, content and padding. `name` is ordinary text. */
export function encodeFile(
  name: string,
  content: Uint8Array,
  entry: Omit<TarEntry, 'name' | 'size' | 'type'>,
): Uint8Array {
  const header = encodeHeader({ ...entry, name: byteText(name), type: 'file', size: content.length })
  return Buffer.concat([header, content, paddingAfter(content.length)])
}
