import { closeSync, constants, mkdtempSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { status } from '../syscalls/attributes.ts'
import { byteText } from '../syscalls/bytes.ts'
import { hasCode } from '../syscalls/call.ts'
import {
  changeDirectory,
  cloneRootMount,
  enterMounts,
  placeMount,
  setMountAttributes,
  unshareMounts,
} from '../syscalls/detached-mount.ts'
import { MOUNT, mount } from '../syscalls/mount.ts'
import { close, makeDirectory, makeNode, O_PATH, openBeneath, openDirectory, openInRoot } from '../syscalls/tree.ts'
import { linkTarget } from './link-target.ts'

/** Something of the host that is seen in a container. `destination` is a path in the container. */
export type ViewMount = {
  source: string
  destination: string
  readOnly: boolean
  recursive?: boolean
  /** In place of the source: the layers of an image, topmost first. */
  layers?: string[]
  /** Below the source or the image, from which it must not lead out; absent: all of it. */
  subpath?: string
}

/**
 * The files of a container: of a running one by the process id of its init, of a stopped one by its layers (topmost first,
 * absolute paths); without `upper` they are read-only. `mounts` are put in, in this order.
 */
export type RootSource =
  | { pid: number; mounts?: ViewMount[] }
  | { lower: string[]; upper?: string; work?: string; mounts?: ViewMount[] }

/**
 * Makes the root of a container visible to this process alone, and returns a descriptor of it. Like Docker's view it has the
 * container's own files and its volumes, but not its /proc, /sys and /dev. The process has to be a helper with one task: its mount namespace is
 * changed for good. `mountpoint` is any directory of the host; it is covered in this process's view only.
 */
export function openView(source: RootSource, mountpoint: string): number {
  unshareMounts()
  mount({ source: 'none', target: '/', flags: MOUNT.SLAVE | MOUNT.RECURSIVE })
  mount({ source: 'tmpfs', target: mountpoint, type: 'tmpfs', data: 'mode=700,size=1m' })
  const place = mkdtempSync(`${mountpoint}/root-`)
  if ('pid' in source) showRunning(source.pid, place)
  else showStopped(source, place)
  const root = openDirectory(byteText(place))
  for (const wanted of source.mounts ?? []) addMount(root, wanted, mountpoint)
  // A device that a container puts in place of a file must not be opened from the outside, where no device rules hold.
  setMountAttributes(root, ['noDevices', 'noSetuid', 'noExec'], true)
  return root
}

/** The mount itself is taken from the container's namespace: its overlay must not be mounted a second time. */
function showRunning(pid: number, mountpoint: string): void {
  const theirs = openSync(`/proc/${pid}/ns/mnt`, 'r')
  const ours = openSync('/proc/thread-self/ns/mnt', 'r')
  enterMounts(theirs)
  let tree: number
  try {
    tree = cloneRootMount()
  } finally {
    enterMounts(ours)
    closeSync(ours)
    closeSync(theirs)
  }
  placeMount(tree, byteText(mountpoint))
  close(tree)
}

/** Overlay takes no single lower layer without an upper one, and no empty list. */
function showStopped(
  { lower, upper, work }: { lower: string[]; upper?: string; work?: string },
  mountpoint: string,
): void {
  const single = lower.length === 0 ? upper : lower.length === 1 && upper === undefined ? lower[0] : undefined
  if (single !== undefined) {
    mount({ source: single, target: mountpoint, flags: MOUNT.BIND })
    if (upper === undefined)
      mount({ source: 'none', target: mountpoint, flags: MOUNT.BIND | MOUNT.REMOUNT | MOUNT.READ_ONLY })
    return
  }
  const base = commonDirectory(lower)
  if (base) changeDirectory(byteText(base))
  const names = lower.map(path => escapeOption(base ? path.slice(base.length + 1) : path))
  const writable =
    upper === undefined || work === undefined ? '' : `,upperdir=${escapeOption(upper)},workdir=${escapeOption(work)}`
  mount({ source: 'overlay', target: mountpoint, type: 'overlay', data: `lowerdir=${names.join(':')}${writable}` })
  changeDirectory('/')
}

/** mount(2) takes no more than a page of options: names beside each other keep many layers within it. */
function commonDirectory(paths: string[]): string | undefined {
  const directory = dirname(paths[0]!)
  return directory !== '/' && paths.every(path => dirname(path) === directory) ? directory : undefined
}

const escapeOption = (path: string) => path.replace(/[\\:,]/g, '\\$&')

/**
 * [CVE-2026-41568, CVE-2026-42306] the destination is resolved with the container's root as its root and then only used by its
 * descriptor, so that neither a mountpoint is made nor a mount put anywhere else.
 */
function addMount(root: number, view: ViewMount, room: string): void {
  const { destination, readOnly, recursive } = view
  const from = openPart(view, room)
  if (from === undefined) return
  const target = destinationOf(root, destination, (status(from).mode & constants.S_IFMT) === constants.S_IFDIR)
  try {
    const flags = MOUNT.BIND | (recursive === false ? 0 : MOUNT.RECURSIVE)
    mount({ source: `/proc/self/fd/${from}`, target: `/proc/self/fd/${target}`, flags })
    if (readOnly) makeMountReadOnly(root, destination)
  } finally {
    close(from)
    close(target)
  }
}

function openPart({ source, layers, subpath }: ViewMount, room: string): number | undefined {
  const whole = layers ? openLayers(layers, room) : openSource(source)
  if (whole === undefined || !subpath) return whole
  try {
    return openBeneath(whole, byteText(subpath), O_PATH)
  } catch (failure) {
    if (hasCode(failure, 'ENOENT', 'ENOTDIR', 'EXDEV', 'ELOOP')) return undefined
    throw failure
  } finally {
    close(whole)
  }
}

function openLayers(layers: string[], room: string): number {
  const place = mkdtempSync(`${room}/image-`)
  showStopped({ lower: layers }, place)
  return openDirectory(byteText(place))
}

/** What is gone from the host is not shown; the container itself will say so when it starts. */
function openSource(path: string): number | undefined {
  try {
    return openSync(path, O_PATH)
  } catch (failure) {
    if (hasCode(failure, 'ENOENT')) return undefined
    throw failure
  }
}

function makeMountReadOnly(root: number, destination: string): void {
  const top = openInRoot(root, byteText(destination), O_PATH)
  try {
    setMountAttributes(top, ['readOnly'], true)
  } finally {
    close(top)
  }
}

/** A container that has never run may lack its mountpoints; they are made as its runtime would, also where a link leads to what is not there. */
function destinationOf(root: number, destination: string, isDirectory: boolean): number {
  const path = byteText(destination)
  try {
    return openInRoot(root, path, O_PATH)
  } catch (failure) {
    if (!hasCode(failure, 'ENOENT')) throw failure
  }
  // As its runtime would: also where a link leads to what is not there yet.
  const parts = linkTarget(root, path)
    .split('/')
    .filter(part => part !== '')
  makeMountpoint(root, parts, isDirectory)
  return openInRoot(root, path, O_PATH)
}

function makeMountpoint(root: number, parts: string[], isDirectory: boolean): void {
  for (let count = 1; count <= parts.length; count++) {
    const parent = openInRoot(root, parts.slice(0, count - 1).join('/'), O_PATH | constants.O_DIRECTORY)
    try {
      if (count < parts.length || isDirectory) makeDirectory(parent, parts[count - 1]!, 0o755)
      else makeNode(parent, parts[count - 1]!, constants.S_IFREG | 0o644)
    } catch (failure) {
      if (!hasCode(failure, 'EEXIST')) throw failure
    } finally {
      close(parent)
    }
  }
}
