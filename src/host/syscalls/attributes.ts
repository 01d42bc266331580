import { dlopen, ptr } from 'bun:ffi'
import { type ByteText, fromBytes, pathAt, plainText, secondPathAt } from './bytes.ts'
import { check, hasCode } from './call.ts'

/** Owner, mode, times and extended attributes, by open file or by one name below an open directory, never through a link. */
const libc = dlopen('libc.so.6', {
  fchown: { args: ['i32', 'u32', 'u32'], returns: 'i32' },
  fchownat: { args: ['i32', 'ptr', 'u32', 'u32', 'i32'], returns: 'i32' },
  fchmod: { args: ['i32', 'u32'], returns: 'i32' },
  futimens: { args: ['i32', 'ptr'], returns: 'i32' },
  utimensat: { args: ['i32', 'ptr', 'ptr', 'i32'], returns: 'i32' },
  fsetxattr: { args: ['i32', 'ptr', 'ptr', 'usize', 'i32'], returns: 'i32' },
  lsetxattr: { args: ['ptr', 'ptr', 'ptr', 'usize', 'i32'], returns: 'i32' },
  flistxattr: { args: ['i32', 'ptr', 'usize'], returns: 'i32' },
  fgetxattr: { args: ['i32', 'ptr', 'ptr', 'usize'], returns: 'i32' },
  lgetxattr: { args: ['ptr', 'ptr', 'ptr', 'usize'], returns: 'i32' },
  statx: { args: ['i32', 'ptr', 'i32', 'u32', 'ptr'], returns: 'i32' },
}).symbols

const AT_SYMLINK_NOFOLLOW = 0x100
const AT_EMPTY_PATH = 0x1000
const AT_NO_AUTOMOUNT = 0x800
const STATX_BASIC_STATS = 0x7ff
const EMPTY = Buffer.alloc(1)

export type Time = { seconds: number; nanoseconds: number }

export function changeOwner(fd: number, uid: number, gid: number): void {
  check(libc.fchown(fd, uid, gid), 'fchown')
}

export function changeOwnerOf(directory: number, name: ByteText, uid: number, gid: number): void {
  check(libc.fchownat(directory, pathAt(name), uid, gid, AT_SYMLINK_NOFOLLOW), 'fchownat', plainText(name))
}

export function changeMode(fd: number, mode: number): void {
  check(libc.fchmod(fd, mode), 'fchmod')
}

/** Two struct timespec. Over a buffer of its own: the storage of a small typed array moves when its buffer is first asked for. */
const words = new Int32Array(new ArrayBuffer(32))
const timesAt = ptr(words)

/** Both times, set from numbers without making big integers: this runs once a file. */
function placeTimes({ seconds, nanoseconds }: Time): void {
  const high = Math.floor(seconds / 0x100000000)
  words[0] = words[4] = seconds | 0
  words[1] = words[5] = high
  words[2] = words[6] = nanoseconds
}

/** Sets modification and access time. */
export function changeTimes(fd: number, time: Time): void {
  placeTimes(time)
  check(libc.futimens(fd, timesAt), 'futimens')
}

export function changeTimesOf(directory: number, name: ByteText, time: Time): void {
  placeTimes(time)
  check(libc.utimensat(directory, pathAt(name), timesAt, AT_SYMLINK_NOFOLLOW), 'utimensat', plainText(name))
}

export function setAttribute(fd: number, name: ByteText, value: Uint8Array): void {
  const from = value.byteLength === 0 ? EMPTY : value
  check(libc.fsetxattr(fd, pathAt(name), ptr(from), value.byteLength, 0), 'fsetxattr', plainText(name))
}

/** Sets it on what `name` is, a link itself included. */
export function setAttributeOf(directory: number, name: ByteText, attribute: ByteText, value: Uint8Array): void {
  const path = secondPathAt(`/proc/self/fd/${directory}/${name}`)
  const from = value.byteLength === 0 ? EMPTY : value
  check(libc.lsetxattr(path, pathAt(attribute), ptr(from), value.byteLength, 0), 'lsetxattr', plainText(attribute))
}

const XATTR_MAX = 65536
let listBuffer: Buffer | undefined
let valueBuffer: Buffer | undefined

/** The names of all extended attributes of an open file or directory; none where the file system has none. */
export function listAttributes(fd: number): ByteText[] {
  listBuffer ??= Buffer.alloc(XATTR_MAX)
  try {
    return namesIn(listBuffer, check(libc.flistxattr(fd, ptr(listBuffer), XATTR_MAX), 'flistxattr'))
  } catch (failure) {
    if (hasCode(failure, 'EOPNOTSUPP', 'ENOSYS')) return []
    throw failure
  }
}

/** The value of an attribute of an open file, or undefined if it is gone or not for us to read. */
export function attribute(fd: number, name: ByteText): Uint8Array | undefined {
  valueBuffer ??= Buffer.alloc(XATTR_MAX)
  try {
    const length = check(libc.fgetxattr(fd, pathAt(name), ptr(valueBuffer), XATTR_MAX), 'fgetxattr', name)
    return new Uint8Array(valueBuffer.subarray(0, length))
  } catch (failure) {
    if (hasCode(failure, ...GONE)) return undefined
    throw failure
  }
}

const GONE = ['ENODATA', 'EOPNOTSUPP', 'EPERM', 'ENOENT']
const namesIn = (buffer: Buffer, length: number): ByteText[] =>
  length === 0 ? [] : fromBytes(buffer.subarray(0, length - 1)).split('\0')

/** The value, or undefined if it is gone or not for us to read. */
export function attributeOf(directory: number, name: ByteText, attribute: ByteText): Uint8Array | undefined {
  valueBuffer ??= Buffer.alloc(XATTR_MAX)
  const path = secondPathAt(`/proc/self/fd/${directory}/${name}`)
  try {
    const length = check(libc.lgetxattr(path, pathAt(attribute), ptr(valueBuffer), XATTR_MAX), 'lgetxattr', attribute)
    return new Uint8Array(valueBuffer.subarray(0, length))
  } catch (failure) {
    if (hasCode(failure, ...GONE)) return undefined
    throw failure
  }
}

/** What a name is. `mode` holds kind and permissions; `device` is the file system, `rdev*` the device node's own number. */
export type Status = {
  mode: number
  links: number
  uid: number
  gid: number
  inode: number
  size: number
  blocks: number
  modified: Time
  deviceMajor: number
  deviceMinor: number
  rdevMajor: number
  rdevMinor: number
}

const statBuffer = Buffer.from(new ArrayBuffer(256))
const statAt = ptr(statBuffer)

export function statusOf(directory: number, name: ByteText): Status {
  const flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (name === '' ? AT_EMPTY_PATH : 0)
  check(libc.statx(directory, pathAt(name), flags, STATX_BASIC_STATS, statAt), 'statx', plainText(name))
  return statusFrom(statBuffer)
}

/** What an open file is. */
export const status = (fd: number): Status => statusOf(fd, '')

const wide = (buffer: Buffer, at: number) => buffer.readUInt32LE(at + 4) * 0x100000000 + buffer.readUInt32LE(at)

/** struct statx: linux/stat.h. */
function statusFrom(buffer: Buffer): Status {
  return {
    links: buffer.readUInt32LE(16),
    uid: buffer.readUInt32LE(20),
    gid: buffer.readUInt32LE(24),
    mode: buffer.readUInt16LE(28),
    inode: wide(buffer, 32),
    size: wide(buffer, 40),
    blocks: wide(buffer, 48),
    modified: {
      seconds: buffer.readInt32LE(116) * 0x100000000 + buffer.readUInt32LE(112),
      nanoseconds: buffer.readUInt32LE(120),
    },
    rdevMajor: buffer.readUInt32LE(128),
    rdevMinor: buffer.readUInt32LE(132),
    deviceMajor: buffer.readUInt32LE(136),
    deviceMinor: buffer.readUInt32LE(140),
  }
}
