import { constants } from 'node:fs'
import { type Status, statusOf } from '../../host/syscalls/attributes.ts'
import { type ByteText, plainText } from '../../host/syscalls/bytes.ts'
import { hasCode } from '../../host/syscalls/call.ts'
import { readNames } from '../../host/syscalls/directory.ts'
import { close, O_PATH, openInRoot, openName } from '../../host/syscalls/tree.ts'
import { isStub } from '../pack/stubs.ts'
import { isOpaque, isWhiteoutNode } from '../unpack/whiteouts.ts'

/** As `docker diff` has it: 0 changed, 1 added, 2 deleted. `path` is absolute in the container. */
export type ChangedPath = { path: string; kind: 0 | 1 | 2 }

const { S_IFMT, S_IFDIR, O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants
const isDirectory = (status: Status) => (status.mode & S_IFMT) === S_IFDIR

/** What the writable layer of a container has changed of the layers below it, whose merged view `lower` holds open if there are any. By path. */
export function changesOf(upper: number, lower: number | undefined): ChangedPath[] {
  const changes: ChangedPath[] = []
  visit({ upper, lower, changes }, upper, '', false)
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1))
}

type Comparison = { upper: number; lower: number | undefined; changes: ChangedPath[] }

/** `hides`: nothing of the layers below is seen here, so that what has no new name is gone. */
function visit(comparison: Comparison, directory: number, path: ByteText, hides: boolean): void {
  const names = readNames(directory)
  for (const name of names) {
    const here = `${path}/${name}`
    const status = missing(() => statusOf(directory, name))
    if (status === undefined || missing(() => isStub(directory, name, here.slice(1), status))) continue
    note(comparison, here, status)
    if (isDirectory(status)) visitName(comparison, directory, name, here, hides)
  }
  if (hides) noteHidden(comparison, path, new Set(names))
}

function visitName(comparison: Comparison, parent: number, name: ByteText, path: ByteText, hides: boolean): void {
  const fd = missing(() => openName(parent, name, O_RDONLY | O_DIRECTORY))
  if (fd === undefined) return
  try {
    visit(comparison, fd, path, hides || isOpaque(fd))
  } finally {
    close(fd)
  }
}

function note({ lower, changes }: Comparison, path: ByteText, status: Status): void {
  const before = lowerStatus(lower, path)
  if (isWhiteoutNode(status)) {
    if (before) changes.push({ path: plainText(path), kind: 2 })
  } else if (!before) changes.push({ path: plainText(path), kind: 1 })
  else if (!isSameDirectory(before, status)) changes.push({ path: plainText(path), kind: 0 })
}

function noteHidden({ lower, changes }: Comparison, path: ByteText, names: ReadonlySet<ByteText>): void {
  const fd =
    lower === undefined ? undefined : missing(() => openInRoot(lower, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW))
  if (fd === undefined) return
  try {
    for (const name of readNames(fd)) {
      if (!names.has(name)) changes.push({ path: plainText(`${path}/${name}`), kind: 2 })
    }
  } finally {
    close(fd)
  }
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

function lowerStatus(lower: number | undefined, path: ByteText): Status | undefined {
  const fd = lower === undefined ? undefined : missing(() => openInRoot(lower, path, O_PATH | O_NOFOLLOW))
  if (fd === undefined) return undefined
  try {
    return statusOf(fd, '')
  } finally {
    close(fd)
  }
}

/** A container that runs goes on changing its files. */
function missing<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch (failure) {
    if (hasCode(failure, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined
    throw failure
  }
}
