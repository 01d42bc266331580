import { ptr } from 'bun:ffi'
import { constants } from 'node:os'
import { type ByteText, plainText } from '../../base/byte-text.ts'
import { SystemCallError } from './call.ts'

export { type ByteText, byteText, fromBytes, plainText } from '../../base/byte-text.ts'

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
