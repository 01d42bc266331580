import { dlopen } from 'bun:ffi'
import { closeSync, openSync, unlinkSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { check, hasCode, SystemCallError } from './call.ts'

const libc = dlopen('libc.so.6', {
  socket: { args: ['i32', 'i32', 'i32'], returns: 'i32' },
  bind: { args: ['i32', 'ptr', 'u32'], returns: 'i32' },
  listen: { args: ['i32', 'i32'], returns: 'i32' },
}).symbols

const AF_UNIX = 1
const SOCK_STREAM = 1
const SOCK_CLOEXEC = 0o2000000
const O_PATH_DIRECTORY_CLOEXEC = 0o10000000 | 0o200000 | 0o2000000
const SUN_PATH_BYTES = 108

/** A directory held open, so that a socket in it has a short name: the kernel allows a socket's path 108 bytes, NUL included. */
export type SocketDoor = Disposable & { path: string }

/** The socket's path by way of a descriptor of its directory. Valid in this process until disposed. */
export function shortSocketPath(path: string): SocketDoor {
  const directory = openSync(dirname(path), O_PATH_DIRECTORY_CLOEXEC)
  return { path: `/proc/self/fd/${directory}/${basename(path)}`, [Symbol.dispose]: () => closeSync(directory) }
}

/**
 * A listening stream socket at the path, whose length does not matter; a socket left there before is replaced. Gives the
 * descriptor (close-on-exec, blocking), which is the caller's to close.
 */
export function listenUnix(path: string, backlog = 128): number {
  using door = shortSocketPath(path)
  unlinkIfThere(path)
  const fd = check(libc.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), 'socket')
  try {
    const address = unixAddress(door.path)
    check(libc.bind(fd, address, address.length), 'bind', path)
    check(libc.listen(fd, backlog), 'listen', path)
    return fd
  } catch (thrown) {
    closeSync(fd)
    throw thrown
  }
}

function unixAddress(path: string): Buffer {
  const text = Buffer.from(path)
  if (text.length >= SUN_PATH_BYTES || text.includes(0)) throw new SystemCallError(36, 'bind', path)
  const address = Buffer.alloc(2 + text.length + 1)
  address.writeUInt16LE(AF_UNIX, 0)
  text.copy(address, 2)
  return address
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path)
  } catch (thrown) {
    if (!hasCode(thrown, 'ENOENT')) throw thrown
  }
}
