import { dlopen, FFIType, type Pointer, read } from 'bun:ffi'
import { constants } from 'node:os'
import { step } from '../../base/steps.ts'

/**
 * How every family of system calls here is written:
 *
 *     const libc = dlopen('libc.so.6', { umount2: { args: ['ptr', 'i32'], returns: 'i32' } }).symbols
 *     check(libc.umount2(cString(target), flags), 'umount2', target)
 *
 * Calls run on the calling thread and hold it: only for what cannot block. The buffer of a `cString` must be passed in
 * the call itself or held in a variable until after it, or the collector may free it.
 */
const libc = dlopen('libc.so.6', { __errno_location: { args: [], returns: FFIType.ptr } }).symbols

/** EWOULDBLOCK is the same number as EAGAIN, and would win as the later name. */
const NAMES = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name])).set(
  constants.errno.EAGAIN,
  'EAGAIN',
)

/** A system call that failed. `code` is the symbolic name ('ENOENT'), `errno` its positive number, `call` the call's name. */
export class SystemCallError extends Error {
  readonly code: string
  readonly errno: number
  readonly call: string

  constructor(errno: number, call: string, detail = '') {
    const code = errnoName(errno)
    super(`${call}${detail ? ` ${detail}` : ''}: ${errnoText(errno)}`)
    this.name = 'SystemCallError'
    this.code = code
    this.errno = errno
    this.call = call
  }
}

/** 'ENOENT' for 2; 'E2000' for a number that the system does not know. */
export const errnoName = (errno: number): string => NAMES.get(errno) ?? `E${errno}`

const TEXTS: Record<string, string> = {
  EPERM: 'operation not permitted',
  ENOENT: 'no such file or directory',
  ESRCH: 'no such process',
  EINTR: 'interrupted system call',
  EIO: 'input/output error',
  ENXIO: 'no such device or address',
  EBADF: 'bad file descriptor',
  EAGAIN: 'resource temporarily unavailable',
  ENOMEM: 'cannot allocate memory',
  EACCES: 'permission denied',
  EBUSY: 'device or resource busy',
  EEXIST: 'file exists',
  EXDEV: 'invalid cross-device link',
  ENODEV: 'no such device',
  ENOTDIR: 'not a directory',
  EISDIR: 'is a directory',
  EINVAL: 'invalid argument',
  EMFILE: 'too many open files',
  EFBIG: 'file too large',
  ENOSPC: 'no space left on device',
  EROFS: 'read-only file system',
  EPIPE: 'broken pipe',
  ERANGE: 'numerical result out of range',
  ENAMETOOLONG: 'file name too long',
  ENOSYS: 'function not implemented',
  ENOTEMPTY: 'directory not empty',
  ELOOP: 'too many levels of symbolic links',
  EOPNOTSUPP: 'operation not supported',
  EADDRINUSE: 'address already in use',
  EADDRNOTAVAIL: 'cannot assign requested address',
  ECONNREFUSED: 'connection refused',
  ETIMEDOUT: 'connection timed out',
  EDQUOT: 'disk quota exceeded',
}

/** The sentence for a number, in the words that Docker's messages have; the symbolic name where there is none here. */
export const errnoText = (errno: number): string => TEXTS[errnoName(errno)] ?? errnoName(errno)

/** A NUL-terminated copy of the text. A text with a NUL in it is refused: the kernel would see a shorter one than was checked. */
export function cString(text: string): Buffer {
  if (text.includes('\0')) throw new SystemCallError(constants.errno.EINVAL, 'string with a NUL byte')
  return Buffer.from(`${text}\0`)
}

/** The result of a libc call, or a SystemCallError made of errno if it is -1. Must directly follow the call. */
export function check(result: number | bigint, call: string, detail?: string): number {
  const value = Number(result)
  if (value === -1) throw new SystemCallError(lastErrno(), call, detail)
  step()
  return value
}

/** errno of this thread. Only meaningful directly after a libc call that failed. */
export function lastErrno(): number {
  return read.i32(libc.__errno_location() as Pointer, 0)
}

/** True if the thrown value is a SystemCallError, or a node:fs error, with one of these codes. */
export function hasCode(thrown: unknown, ...codes: string[]): boolean {
  return thrown instanceof Error && 'code' in thrown && codes.includes(String(thrown.code))
}
