import { dlopen } from 'bun:ffi'
import { check, cString } from './call.ts'

const libc = dlopen('libc.so.6', {
  mount: { args: ['ptr', 'ptr', 'ptr', 'u64', 'ptr'], returns: 'i32' },
  umount2: { args: ['ptr', 'i32'], returns: 'i32' },
}).symbols

export const MOUNT = {
  READ_ONLY: 1,
  NO_SUID: 2,
  NO_DEVICES: 4,
  NO_EXEC: 8,
  REMOUNT: 32,
  BIND: 4096,
  RECURSIVE: 16384,
  UNBINDABLE: 1 << 17,
  PRIVATE: 1 << 18,
  SLAVE: 1 << 19,
  SHARED: 1 << 20,
  RELATIVE_TIME: 1 << 21,
} as const

export const UNMOUNT = { FORCE: 1, DETACH: 2, NO_FOLLOW: 8 } as const

export type MountRequest = { source: string; target: string; type?: string; flags?: number; data?: string }

/** mount(2). May block on a network filesystem; those belong into a child process. */
export function mount({ source, target, type = '', flags = 0, data = '' }: MountRequest): void {
  const texts = [source, target, type, data].map(cString) as [Buffer, Buffer, Buffer, Buffer]
  check(libc.mount(texts[0], texts[1], texts[2], flags, texts[3]), 'mount', target)
}

export function unmount(target: string, flags = 0): void {
  check(libc.umount2(cString(target), flags), 'umount2', target)
}
