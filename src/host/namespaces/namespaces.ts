import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmdirSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { hasCode } from '../syscalls/call.ts'
import { bindMount, detachMount, enterNetwork, OWN_NETWORK, shareMount, unshareNetwork } from '../syscalls/namespace.ts'

/** Network namespaces with a name: each is a file of one directory onto which the namespace is mounted. */

const isMountPoint = (path: string): boolean =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .some(line => line.split(' ')[4] === path)

/** Makes the directory a mount of its own that passes unmounts on: monitors copy the host's mounts, and would keep dead namespaces alive. */
export function openNamespaces(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o710 })
  if (!isMountPoint(directory)) bindMount(directory, directory)
  shareMount(directory)
}

/** Undoes `openNamespaces`; the namespaces have to be removed before. */
export function closeNamespaces(directory: string): void {
  while (detachMount(directory)) {}
  try {
    rmdirSync(directory)
  } catch (failure) {
    if (!hasCode(failure, 'ENOENT', 'ENOTEMPTY', 'EBUSY')) throw failure
  }
}

/** Names of all that are there, also of files whose namespace was never mounted. */
export function listNamespaces(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch (failure) {
    if (hasCode(failure, 'ENOENT')) return []
    throw failure
  }
}

/** A new, empty namespace at `path`, which must not exist. `inside` runs in it, before the thread is back in `home`. */
export function createNamespace<T>(path: string, home: number, inside: () => T): T {
  closeSync(openSync(path, 'wx', 0o444))
  try {
    unshareNetwork()
    bindMount(OWN_NETWORK, path)
    return inside()
  } catch (failure) {
    removeNamespace(path)
    throw failure
  } finally {
    enterNetwork(home)
  }
}

/** Takes the name away; the kernel destroys the namespace behind it once no process is in it. Nothing to do is no error. */
export function removeNamespace(path: string): void {
  while (detachMount(path)) {}
  try {
    unlinkSync(path)
  } catch (failure) {
    if (!hasCode(failure, 'ENOENT')) throw failure
  }
}

export const namespacePath = (directory: string, name: string): string => {
  if (!/^[0-9a-f]{12}$/.test(name)) throw new TypeError(`not the name of a namespace: ${JSON.stringify(name)}`)
  return join(directory, name)
}
