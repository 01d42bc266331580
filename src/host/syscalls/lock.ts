import { dlopen } from 'bun:ffi'
import { closeSync, openSync } from 'node:fs'
import { check, hasCode } from './call.ts'

const libc = dlopen('libc.so.6', { flock: { args: ['i32', 'i32'], returns: 'i32' } }).symbols
const LOCK_EXCLUSIVE = 2
const LOCK_NO_WAIT = 4

/**
 * Takes an advisory lock on a file, which is made if need be; undefined if another process has it. The kernel gives it back
 * when this process ends, however it ends.
 */
export function tryLock(path: string): Disposable | undefined {
  const fd = openSync(path, 'a', 0o600)
  try {
    check(libc.flock(fd, LOCK_EXCLUSIVE | LOCK_NO_WAIT), 'flock', path)
  } catch (thrown) {
    closeSync(fd)
    if (hasCode(thrown, 'EAGAIN', 'EWOULDBLOCK')) return undefined
    throw thrown
  }
  return { [Symbol.dispose]: () => closeSync(fd) }
}
