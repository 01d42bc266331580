import { dlopen } from 'bun:ffi'
import { constants } from 'node:os'
import { check } from '../syscalls/call.ts'

const libc = dlopen('libc.so.6', { prctl: { args: ['i32', 'u64', 'u64', 'u64', 'u64'], returns: 'i32' } }).symbols

const PR_SET_PDEATHSIG = 1

/** For helpers: the kernel kills this process when the one that started it has died, so that it does not work on for nobody. */
export function dieWithParent(): void {
  check(libc.prctl(PR_SET_PDEATHSIG, constants.signals.SIGKILL, 0, 0, 0), 'prctl')
}
