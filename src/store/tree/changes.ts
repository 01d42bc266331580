import { constants } from 'node:fs'
import { attributeOf, type Status, statusOf } from '../../host/syscalls/attributes.ts'
import { type ByteText, plainText } from '../../host/syscalls/bytes.ts'
import { hasCode } from '../../host/syscalls/call.ts'
import { readNames } from '../../host/syscalls/directory.ts'
import { close, O_PATH, openInRoot, openName } from '../../host/syscalls/tree.ts'
import { isWhiteoutNode } from '../unpack/whiteouts.ts'

/** As `docker diff` has it: 0 changed, 1 added, 2 deleted. `path` is absolute in the container. */
export type ChangedPath = { path: string; kind: 0 | 1 | 2 }

const { S_IFMT, S_IFDIR, O_RDONLY, O_DIRECTORY } = constants
const isDirectory = (status: Status) => (status.mode & S_IFMT) === S_IFDIR

/** What the writable layer of a container has changed of the layers below it, whose merged view `lower` holds open. */
export function changesOf(upper: number, lower: number): ChangedPath[] {
  const changes: ChangedPath[] = []
  visit({ upper, lower, changes }, upper, '')
  return changes
}

type Comparison = { upper: number; lower: number; changes: ChangedPath[] }

function visit(comparison: Comparison, directory: number, path: ByteText): void {
  for (const name of readNames(directory).sort()) {
    const status = statusOf(directory, name)
    const here = `${path}/${name}`
    note(comparison, directory, name, here, status)
    if (!isDirectory(status)) continue
    const fd = openName(directory, name, O_RDONLY | O_DIRECTORY)
    try {
      visit(comparison, fd, here)
    } finally {
      close(fd)
    }
  }
}

function note({ lower, changes }: Comparison, directory: number, name: ByteText, path: ByteText, status: Status): void {
  const before = lowerStatus(lower, path)
  if (isWhiteoutNode(status)) {
    if (before) changes.push({ path: plainText(path), kind: 2 })
  } else if (!before || isOpaque(directory, name, status)) changes.push({ path: plainText(path), kind: before ? 0 : 1 })
  else if (!isSameDirectory(before, status)) changes.push({ path: plainText(path), kind: 0 })
}

/** A directory is copied up for what is in it; if nothing but its time has changed, it is still told of, as Docker does. */
function isSameDirectory(before: Status, after: Status): boolean {
  if (!isDirectory(before) || !isDirectory(after)) return false
  const same = (['mode', 'uid', 'gid'] as const).every(key => before[key] === after[key])
  return (
    same &&
    before.modified.seconds === after.modified.seconds &&
    before.modified.nanoseconds === after.modified.nanoseconds
  )
}

function isOpaque(directory: number, name: ByteText, status: Status): boolean {
  return isDirectory(status) && attributeOf(directory, name, 'trusted.overlay.opaque') !== undefined
}

function lowerStatus(lower: number, path: ByteText): Status | undefined {
  try {
    const fd = openInRoot(lower, path, O_PATH | constants.O_NOFOLLOW)
    try {
      return statusOf(fd, '')
    } finally {
      close(fd)
    }
  } catch (failure) {
    if (hasCode(failure, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined
    throw failure
  }
}
