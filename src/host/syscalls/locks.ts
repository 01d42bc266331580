import { dlopen } from 'bun:ffi'
import { closeSync, openSync } from 'node:fs'
import { check, hasCode } from './call.ts'

const libc = dlopen('libc.so.6', { flock: { args: ['i32', 'i32'], returns: 'i32' } }).symbols

const LOCK_EX = 2
const LOCK_NB = 4

/** Locks a whole open file (flock). The lock belongs to the open file: whoever inherits the descriptor holds it on. SystemCallError EAGAIN if another has it. */
export function lockWhole(fd: number): void {
  check(libc.flock(fd, LOCK_EX | LOCK_NB), 'flock')
}

/** True if some process holds the lock of the file. */
export function isLocked(path: string): boolean {
  const fd = openIfThere(path)
  if (fd === undefined) return false
  try {
    lockWhole(fd)
    return false
  } catch (failure) {
    if (hasCode(failure, 'EAGAIN', 'EWOULDBLOCK')) return true
    throw failure
  } finally {
    closeSync(fd)
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r')
  } catch (failure) {
    if (hasCode(failure, 'ENOENT')) return undefined
    throw failure
  }
}
