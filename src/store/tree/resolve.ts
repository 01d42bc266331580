import { constants } from 'node:fs'
import { type Status, statusOf } from '../../host/syscalls/attributes.ts'
import { type ByteText, plainText } from '../../host/syscalls/bytes.ts'
import { hasCode } from '../../host/syscalls/call.ts'
import { O_PATH, openInRoot } from '../../host/syscalls/tree.ts'
import { treeFaults } from './faults.ts'

/** A path in a container as Docker reads it: `..` taken back by its text, the last part not followed unless a slash or `/.` says so. */
export type TreePath = { parent: ByteText; base: ByteText; mustBeDirectory: boolean }

/** base '' is the root itself; base '.' stands for the content of the directory `parent`. */
export function readTreePath(path: ByteText): TreePath {
  const clean = normal(path)
  const endsInDot = /(^|\/)\.$/.test(path) && clean !== ''
  const mustBeDirectory = endsInDot || path.endsWith('/') || clean === ''
  if (endsInDot) return { parent: clean, base: '.', mustBeDirectory }
  const slash = clean.lastIndexOf('/')
  return { parent: clean.slice(0, Math.max(slash, 0)), base: clean.slice(slash + 1), mustBeDirectory }
}

function normal(path: ByteText): ByteText {
  const parts: ByteText[] = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts.join('/')
}

/** What is at a path, held open (O_PATH), so that what is said of it and what is read of it are one. */
export type Found = { fd: number; status: Status; path: ByteText }

const NOFOLLOW = O_PATH | constants.O_NOFOLLOW

export function find(root: number, path: ByteText): Found {
  const at = readTreePath(path)
  const whole = [at.parent, at.base].filter(part => part !== '').join('/')
  const flags = at.mustBeDirectory ? O_PATH | constants.O_DIRECTORY : NOFOLLOW
  const fd = openAt(root, whole, flags, path)
  return { fd, status: statusOf(fd, ''), path: whole }
}

/** A directory to put something in, through all links. */
export function findDirectory(root: number, path: ByteText): number {
  const fd = openAt(root, normal(path), O_PATH, path)
  if ((statusOf(fd, '').mode & constants.S_IFMT) !== constants.S_IFDIR) throw treeFaults.NO_EXTRACTION_POINT()
  return openAt(fd, '.', constants.O_RDONLY | constants.O_DIRECTORY, path)
}

function openAt(root: number, path: ByteText, flags: number, asked: ByteText): number {
  try {
    return openInRoot(root, path, flags)
  } catch (failure) {
    throw pathFault(failure, plainText(asked))
  }
}

export function pathFault(failure: unknown, path: string): unknown {
  if (hasCode(failure, 'ENOENT')) return treeFaults.NOT_FOUND(path, { cause: failure })
  if (hasCode(failure, 'ENOTDIR')) return treeFaults.NOT_A_DIRECTORY(path, { cause: failure })
  if (hasCode(failure, 'ELOOP')) return treeFaults.LOOP(path, { cause: failure })
  if (hasCode(failure, 'EROFS')) return treeFaults.READ_ONLY({ cause: failure })
  if (hasCode(failure, 'EACCES', 'EPERM', 'EINVAL', 'ENAMETOOLONG')) {
    return treeFaults.DENIED(path, failure instanceof Error ? failure.message : '', { cause: failure })
  }
  return failure
}
