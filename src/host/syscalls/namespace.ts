import { dlopen } from 'bun:ffi'
import { closeSync, openSync } from 'node:fs'
import { check, cString, hasCode } from './call.ts'

const libc = dlopen('libc.so.6', {
  unshare: { args: ['i32'], returns: 'i32' },
  setns: { args: ['i32', 'i32'], returns: 'i32' },
  mount: { args: ['ptr', 'ptr', 'ptr', 'u64', 'ptr'], returns: 'i32' },
  umount2: { args: ['ptr', 'i32'], returns: 'i32' },
  flock: { args: ['i32', 'i32'], returns: 'i32' },
}).symbols

const CLONE_NEWNET = 0x40000000
const MS_BIND = 4096
const MS_SHARED = 1 << 20
const MNT_DETACH = 2
const UMOUNT_NOFOLLOW = 8
const LOCK_EX = 2

/** Moves the calling thread into a new network namespace. Only for a worker that moves back: a main thread would take its sockets along. */
export const unshareNetwork = (): void => {
  check(libc.unshare(CLONE_NEWNET), 'unshare', 'network namespace')
}

/** Moves the calling thread into the network namespace behind an open file. */
export const enterNetwork = (fd: number): void => {
  check(libc.setns(fd, CLONE_NEWNET), 'setns', 'network namespace')
}

/** The namespace that the calling thread is in. */
export const OWN_NETWORK = '/proc/thread-self/ns/net'

/** Shows the file or directory `source` at `target` too. A namespace shown at a file lives as long as that mount. */
export function bindMount(source: string, target: string): void {
  check(libc.mount(cString(source), cString(target), cString('none'), MS_BIND, null), 'mount', target)
}

/** Mounts and unmounts below `target` then happen in every mount namespace that holds a copy of it: none keeps alive what was taken down here. */
export function shareMount(target: string): void {
  check(libc.mount(cString('none'), cString(target), cString('none'), MS_SHARED, null), 'mount', `shared ${target}`)
}

/** Takes the topmost mount off `target`, even while it is used. False if there was none. */
export function detachMount(target: string): boolean {
  try {
    check(libc.umount2(cString(target), MNT_DETACH | UMOUNT_NOFOLLOW), 'umount2', target)
    return true
  } catch (failure) {
    if (hasCode(failure, 'EINVAL', 'ENOENT')) return false
    throw failure
  }
}

/** Waits for the lock that all engines in this network namespace share; it goes with the descriptor. For changes that look at what others have made. */
export function lockNetwork(): Disposable {
  const fd = openSync(OWN_NETWORK, 'r')
  check(libc.flock(fd, LOCK_EX), 'flock', 'network namespace')
  return { [Symbol.dispose]: () => closeSync(fd) }
}
