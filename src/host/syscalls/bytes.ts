import { ptr } from 'bun:ffi'
import { constants } from 'node:os'
import { SystemCallError } from './call.ts'

/**
 * A file name or path as the kernel has it: a string whose characters are bytes (U+0000 to U+00FF). Names in archives and
 * on disk need not be UTF-8; this keeps every one of them whole, and still splits and compares as a string does.
 */
export type ByteText = string

export const toBytes = (text: ByteText): Buffer => Buffer.from(text, 'latin1')
export const fromBytes = (bytes: Uint8Array): ByteText =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
/** The bytes of ordinary text, as UTF-8. */
export const byteText = (text: string): ByteText =>
  isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1')
/** Text for people and for JSON; bytes that are no UTF-8 become U+FFFD. */
export const plainText = (name: ByteText): string =>
  isAscii(name) ? name : Buffer.from(name, 'latin1').toString('utf8')

const isAscii = (text: string) => !/[^\x00-\x7f]/.test(text)

const PATH_MAX = 4096
const first = Buffer.alloc(PATH_MAX)
const second = Buffer.alloc(PATH_MAX)
const firstAt = ptr(first)
const secondAt = ptr(second)

/**
 * The address of a NUL-terminated copy, good until the next call of the same function: it has to be used in the call that
 * it is made for. Over-long names and names with a NUL are refused as the kernel would refuse them.
 */
export function pathAt(path: ByteText): typeof firstAt {
  place(first, path)
  return firstAt
}

/** As `pathAt`, for the second path of a call that takes two. */
export function secondPathAt(path: ByteText): typeof secondAt {
  place(second, path)
  return secondAt
}

function place(buffer: Buffer, path: ByteText): void {
  if (path.length >= PATH_MAX)
    throw new SystemCallError(constants.errno.ENAMETOOLONG, 'path', plainText(path.slice(0, 64)))
  if (path.includes('\0')) throw new SystemCallError(constants.errno.EINVAL, 'path with a NUL byte')
  buffer.write(path, 0, 'latin1')
  buffer[path.length] = 0
}
