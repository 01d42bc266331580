import { dlopen } from 'bun:ffi'
import { closeSync, constants, openSync } from 'node:fs'
import { check, hasCode } from './call.ts'

const libc = dlopen('libc.so.6', { flock: { args: ['i32', 'i32'], returns: 'i32' } }).symbols
const LOCK_EX = 2
const LOCK_NB = 4

/** A file that this process has to itself until it closes it or ends, however it ends. */
export type LockedFile = { readonly descriptor: number; close: () => void }

/**
 * Takes the lock, or gives undefined where another process has it. The descriptor is closed on exec: a child that kept it
 * would keep the lock when its parent is long gone.
 */
export function lockFile(path: string): LockedFile | undefined {
  const descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600)
  try {
    check(libc.flock(descriptor, LOCK_EX | LOCK_NB), 'flock', path)
    return { descriptor, close: () => closeSync(descriptor) }
  } catch (failure) {
    closeSync(descriptor)
    if (hasCode(failure, 'EAGAIN')) return undefined
    throw failure
  }
}
