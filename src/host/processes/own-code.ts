import { dlopen } from 'bun:ffi'
import { readFileSync } from 'node:fs'
import { check } from '../syscalls/call.ts'

const libc = dlopen('libc.so.6', { madvise: { args: ['usize', 'usize', 'i32'], returns: 'i32' } }).symbols
const MADV_DONTNEED = 4

/**
 * Lets go of the pages of our own program's machine code that starting up and past work have touched; those needed again
 * come back from the page cache, a minor fault each. Only mappings that are executable and were never written: the kernel
 * drops what such a page holds, so in any other one it would be lost.
 */
export function releaseOwnCode(): void {
  for (const { start, end } of codeMappings(readFileSync('/proc/self/maps', 'latin1'), process.execPath))
    check(libc.madvise(start, end - start, MADV_DONTNEED), 'madvise')
}

/** Source: proc_pid_maps(5). */
export function codeMappings(maps: string, program: string): { start: number; end: number }[] {
  const lines = maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) r-xp \S+ \S+ \d+ +(.*)$/gm)
  return [...lines]
    .filter(([, , , path]) => path === program)
    .map(([, start = '0', end = '0']) => ({ start: Number.parseInt(start, 16), end: Number.parseInt(end, 16) }))
}
