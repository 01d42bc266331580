import { dlopen, ptr } from 'bun:ffi'
import { type ByteText, pathAt, secondPathAt } from './bytes.ts'
import { check } from './call.ts'

/** Mount namespaces of one process, and mounts that are moved by descriptor (open_tree(2), move_mount(2), mount_setattr(2)). */
const libc = dlopen('libc.so.6', {
  unshare: { args: ['i32'], returns: 'i32' },
  setns: { args: ['i32', 'i32'], returns: 'i32' },
  chdir: { args: ['ptr'], returns: 'i32' },
  syscall: { args: ['i64', 'i64', 'ptr', 'i64', 'ptr', 'i64'], returns: 'i64' },
}).symbols

const CLONE_NEWNS = 0x20000
const OPEN_TREE = 428
const MOVE_MOUNT = 429
const MOUNT_SETATTR = 442
const AT_FDCWD = -100
const AT_EMPTY_PATH = 0x1000
const AT_RECURSIVE = 0x8000
const OPEN_TREE_CLONE = 1
const OPEN_TREE_CLOEXEC = 0o2000000
const MOVE_MOUNT_F_EMPTY_PATH = 4
const MOUNT_ATTRIBUTES = { readOnly: 1n, noSetuid: 2n, noDevices: 4n, noExec: 8n } as const

export type MountAttribute = keyof typeof MOUNT_ATTRIBUTES

/** Gives the calling thread mounts, a root and a working directory of its own. For a process that lives for one task only. */
export function unshareMounts(): void {
  check(libc.unshare(CLONE_NEWNS), 'unshare', 'mount namespace')
}

/** Moves the calling thread into the mount namespace behind a descriptor; root and working directory become that namespace's root. */
export function enterMounts(fd: number): void {
  check(libc.setns(fd, CLONE_NEWNS), 'setns', 'mount namespace')
}

/** A copy of the mount that is the root of the namespace we are in, without what is mounted on it; by descriptor, seen by nobody. */
export function cloneRootMount(): number {
  const flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC
  return check(libc.syscall(OPEN_TREE, AT_FDCWD, pathAt('/'), flags, null, 0), 'open_tree', '/')
}

/** Mounts what a descriptor holds at a path. */
export function placeMount(tree: number, target: ByteText): void {
  const result = libc.syscall(MOVE_MOUNT, tree, pathAt(''), AT_FDCWD, secondPathAt(target), MOVE_MOUNT_F_EMPTY_PATH)
  check(result, 'move_mount', target)
}

/** Sets attributes of the mount behind a descriptor, and of all below it if asked. */
export function setMountAttributes(fd: number, set: MountAttribute[], recursive: boolean): void {
  const bits = set.reduce((sum, name) => sum | MOUNT_ATTRIBUTES[name], 0n)
  const attributes = BigUint64Array.of(bits, 0n, 0n, 0n)
  const flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0)
  check(libc.syscall(MOUNT_SETATTR, fd, pathAt(''), flags, ptr(attributes), attributes.byteLength), 'mount_setattr')
}

export function changeDirectory(path: ByteText): void {
  check(libc.chdir(pathAt(path)), 'chdir', path)
}
