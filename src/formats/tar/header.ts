import { type ByteText, fromBytes } from '../../base/byte-text.ts'
import { BLOCK } from './entry.ts'
import { tarFaults } from './faults.ts'

/** The fixed block of one member, before extended headers have been laid over it. */
export type Header = {
  name: ByteText
  typeFlag: string
  linkName: ByteText
  mode: number
  uid: number
  gid: number
  userName: ByteText
  groupName: ByteText
  size: number
  seconds: number
  deviceMajor: number
  deviceMinor: number
}

/** Reads one block at `at`. The whole block has to be there. */
export function parseHeader(block: Uint8Array, at: number): Header {
  checkSum(block, at)
  const flavour = flavourOf(block, at)
  const prefix = prefixOf(block, at, flavour)
  const name = textAt(block, at, 100)
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    typeFlag: String.fromCharCode(block[at + 156]!),
    linkName: textAt(block, at + 157, 100),
    mode: numberAt(block, at + 100, 8),
    uid: numberAt(block, at + 108, 8),
    gid: numberAt(block, at + 116, 8),
    size: numberAt(block, at + 124, 12),
    seconds: numberAt(block, at + 136, 12),
    userName: flavour === 'v7' ? '' : textAt(block, at + 265, 32),
    groupName: flavour === 'v7' ? '' : textAt(block, at + 297, 32),
    deviceMajor: flavour === 'v7' ? 0 : numberAt(block, at + 329, 8),
    deviceMinor: flavour === 'v7' ? 0 : numberAt(block, at + 337, 8),
  }
}

type Flavour = 'v7' | 'ustar' | 'gnu' | 'star'

function flavourOf(block: Uint8Array, at: number): Flavour {
  const magic = asciiAt(block, at + 257, 8)
  if (magic === 'ustar  \0') return 'gnu'
  if (!magic.startsWith('ustar')) return 'v7'
  return asciiAt(block, at + 508, 4) === 'tar\0' ? 'star' : 'ustar'
}

/** GNU keeps times of its own where POSIX has the front part of a long name. */
function prefixOf(block: Uint8Array, at: number, flavour: Flavour): ByteText {
  if (flavour === 'ustar') return textAt(block, at + 345, 155)
  return flavour === 'star' ? textAt(block, at + 345, 131) : ''
}

/** Both sums that are in use: of unsigned bytes, and of signed ones as old programs made it. */
function checkSum(block: Uint8Array, at: number): void {
  const stored = numberAt(block, at + 148, 8)
  let unsigned = 8 * 0x20
  let high = 0
  for (let i = at; i < at + BLOCK; i++) {
    if (i === at + 148) i += 8
    const byte = block[i]!
    unsigned += byte
    if (byte > 127) high++
  }
  if (stored !== unsigned && stored !== unsigned - high * 256) throw tarFaults.HEADER('the checksum does not match')
}

export function isZeroBlock(block: Uint8Array, at: number): boolean {
  for (let i = at; i < at + BLOCK; i++) if (block[i] !== 0) return false
  return true
}

const asciiAt = (block: Uint8Array, at: number, length: number) =>
  String.fromCharCode(...block.subarray(at, at + length))

function textAt(block: Uint8Array, at: number, most: number): ByteText {
  if (block[at] === 0) return ''
  let end = at
  while (end < at + most && block[end] !== 0) end++
  return fromBytes(block.subarray(at, end))
}

/** Octal digits between blanks, or base-256 in two's complement where the first bit is set (GNU, and POSIX's successors). */
function numberAt(block: Uint8Array, at: number, length: number): number {
  if ((block[at]! & 0x80) !== 0) return binaryAt(block, at, length)
  let value = 0
  let i = at
  const end = at + length
  while (i < end && block[i] === 0x20) i++
  for (; i < end; i++) {
    const digit = block[i]! - 0x30
    if (digit < 0 || digit > 7) break
    value = value * 8 + digit
  }
  for (; i < end; i++) if (block[i] !== 0 && block[i] !== 0x20) throw tarFaults.HEADER('a number that is not octal')
  return value
}

function binaryAt(block: Uint8Array, at: number, length: number): number {
  const negative = (block[at]! & 0x40) !== 0
  let value = negative ? (block[at]! & 0x7f) - 0x80 : block[at]! & 0x7f
  for (let i = at + 1; i < at + length; i++) value = value * 256 + block[i]!
  if (!Number.isSafeInteger(value)) throw tarFaults.HEADER('a number beyond 2^53')
  return value
}
