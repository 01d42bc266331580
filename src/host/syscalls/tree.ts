import { dlopen, ptr } from 'bun:ffi'
import { constants } from 'node:fs'
import { type ByteText, fromBytes, pathAt, plainText, secondPathAt } from './bytes.ts'
import { check, hasCode } from './call.ts'

/**
 * Names below a directory that is held open, so that nothing which is renamed or swapped meanwhile leads elsewhere.
 * A `name` is one component; a `path` is resolved with the directory as its root.
 */
const libc = dlopen('libc.so.6', {
  syscall: { args: ['i64', 'i32', 'ptr', 'ptr', 'usize'], returns: 'i64' },
  open: { args: ['ptr', 'i32', 'u32'], returns: 'i32' },
  openat: { args: ['i32', 'ptr', 'i32', 'u32'], returns: 'i32' },
  close: { args: ['i32'], returns: 'i32' },
  read: { args: ['i32', 'ptr', 'usize'], returns: 'i32' },
  write: { args: ['i32', 'ptr', 'usize'], returns: 'i32' },
  mkdirat: { args: ['i32', 'ptr', 'u32'], returns: 'i32' },
  mknodat: { args: ['i32', 'ptr', 'u32', 'u64'], returns: 'i32' },
  symlinkat: { args: ['ptr', 'i32', 'ptr'], returns: 'i32' },
  linkat: { args: ['i32', 'ptr', 'i32', 'ptr', 'i32'], returns: 'i32' },
  unlinkat: { args: ['i32', 'ptr', 'i32'], returns: 'i32' },
  renameat2: { args: ['i32', 'ptr', 'i32', 'ptr', 'u32'], returns: 'i32' },
  readlinkat: { args: ['i32', 'ptr', 'ptr', 'usize'], returns: 'i32' },
  syncfs: { args: ['i32'], returns: 'i32' },
  umask: { args: ['u32'], returns: 'u32' },
}).symbols

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_CREAT, O_EXCL, O_WRONLY } = constants
export const O_PATH = 0o10000000
const O_CLOEXEC = 0o2000000
const OPENAT2 = 437
const AT_REMOVEDIR = 0x200
const RESOLVE_NO_MAGICLINKS = 0x02n
const RESOLVE_BENEATH = 0x08n
const RESOLVE_IN_ROOT = 0x10n

const how = new BigUint64Array(new ArrayBuffer(24))
const howAt = ptr(how)

/** A directory by an absolute path of the host, for the daemon's own directories only. */
export function openDirectory(path: ByteText): number {
  return check(libc.open(pathAt(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0), 'open', path)
}

/**
 * Opens a path as a process would whose root is `root`: absolute links and `..` stay inside, the links of /proc are not
 * followed. `mode` is for O_CREAT.
 */
export function openInRoot(root: number, path: ByteText, flags: number, mode = 0): number {
  return openBy(root, path, flags, mode, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)
}

/** As {@link openInRoot}, but what leads out, also an absolute link, is refused: EXDEV. */
export function openBeneath(directory: number, path: ByteText, flags: number): number {
  return openBy(directory, path, flags, 0, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS)
}

const EAGAIN_TRIES = 64

/** The kernel answers EAGAIN when something was renamed meanwhile and it cannot be sure that `..` stayed inside. */
function openBy(root: number, path: ByteText, flags: number, mode: number, resolve: bigint): number {
  how[0] = BigInt(flags | O_CLOEXEC)
  how[1] = BigInt(mode)
  how[2] = resolve
  const start = path === '' ? '.' : path
  for (let tries = 1; ; tries++) {
    try {
      return check(libc.syscall(OPENAT2, root, pathAt(start), howAt, how.byteLength), 'openat2', plainText(path))
    } catch (failure) {
      if (tries === EAGAIN_TRIES || !hasCode(failure, 'EAGAIN', 'EINTR')) throw failure
    }
  }
}

/** Makes a regular file that was not there (EEXIST, also for a link), for writing. */
export function createFile(directory: number, name: ByteText, mode: number): number {
  const flags = O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC
  return check(libc.openat(directory, pathAt(name), flags, mode), 'openat', plainText(name))
}

/** Opens one name without following it. */
export function openName(directory: number, name: ByteText, flags: number): number {
  return check(libc.openat(directory, pathAt(name), flags | O_NOFOLLOW | O_CLOEXEC, 0), 'openat', plainText(name))
}

/** A second descriptor of a directory, reading from its start. */
export const reopenDirectory = (directory: number): number => openName(directory, '.', O_RDONLY | O_DIRECTORY)

export function close(fd: number): void {
  libc.close(fd)
}

/** Reads up to the buffer's length; 0 is the end. */
export function readInto(fd: number, buffer: Uint8Array): number {
  for (;;) {
    try {
      return check(libc.read(fd, ptr(buffer), buffer.byteLength), 'read')
    } catch (failure) {
      if (!hasCode(failure, 'EINTR')) throw failure
    }
  }
}

/** Writes all of it. */
export function writeAll(fd: number, chunk: Uint8Array, start: number, end: number): void {
  if (start === end) return
  const from = ptr(chunk)
  let at = start
  while (at < end) {
    try {
      at += check(libc.write(fd, (from + at) as typeof from, end - at), 'write')
    } catch (failure) {
      if (!hasCode(failure, 'EINTR')) throw failure
    }
  }
}

export function makeDirectory(directory: number, name: ByteText, mode: number): void {
  check(libc.mkdirat(directory, pathAt(name), mode), 'mkdirat', plainText(name))
}

/** `mode` with the kind of node in it (S_IFCHR, S_IFBLK, S_IFIFO). */
export function makeNode(directory: number, name: ByteText, mode: number, major = 0, minor = 0): void {
  check(libc.mknodat(directory, pathAt(name), mode, deviceNumber(major, minor)), 'mknodat', plainText(name))
}

/** dev_t as glibc packs it. */
export function deviceNumber(major: number, minor: number): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)]
  return ((high & 0xfffff000n) << 32n) | ((high & 0xfffn) << 8n) | ((low & 0xffffff00n) << 12n) | (low & 0xffn)
}

export function makeSymlink(target: ByteText, directory: number, name: ByteText): void {
  check(libc.symlinkat(secondPathAt(target), directory, pathAt(name)), 'symlinkat', plainText(name))
}

/** A second name for what `from` is; a symbolic link is itself linked, never followed. */
export function makeLink(fromDirectory: number, from: ByteText, directory: number, name: ByteText): void {
  check(libc.linkat(fromDirectory, secondPathAt(from), directory, pathAt(name), 0), 'linkat', plainText(name))
}

export function removeFile(directory: number, name: ByteText): void {
  check(libc.unlinkat(directory, pathAt(name), 0), 'unlinkat', plainText(name))
}

export function removeEmptyDirectory(directory: number, name: ByteText): void {
  check(libc.unlinkat(directory, pathAt(name), AT_REMOVEDIR), 'unlinkat', plainText(name))
}

export function rename(fromDirectory: number, from: ByteText, directory: number, name: ByteText): void {
  check(libc.renameat2(fromDirectory, secondPathAt(from), directory, pathAt(name), 0), 'renameat2', plainText(name))
}

const linkBuffer = Buffer.alloc(4096)
const linkAt = ptr(linkBuffer)

/** What a symbolic link says; '' for the name reads a link held open with O_PATH. */
export function readLink(directory: number, name: ByteText): ByteText {
  const length = check(
    libc.readlinkat(directory, pathAt(name), linkAt, linkBuffer.byteLength),
    'readlinkat',
    plainText(name),
  )
  return fromBytes(linkBuffer.subarray(0, length))
}

/** Waits until everything on the file system of this descriptor is on the disk. */
export function syncFileSystem(fd: number): void {
  check(libc.syncfs(fd), 'syncfs')
}

export const setUmask = (mask: number): number => libc.umask(mask)
