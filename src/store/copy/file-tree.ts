import { constants } from 'node:fs'
import { type ByteText, byteText, plainText } from '../../base/byte-text.ts'
import { statusOf } from '../../host/syscalls/attributes.ts'
import { hasCode } from '../../host/syscalls/call.ts'
import { readNames } from '../../host/syscalls/directory.ts'
import { close, openInRoot, readLink } from '../../host/syscalls/tree.ts'
import type { ContextIndex } from '../context/context-index.ts'

export type TreeNode = { type: 'file' | 'directory' | 'symlink' | 'other'; linkName?: string }

/** What a selection has to know of a tree. Paths are clean and relative, '' is the root; no link is followed. */
export type FileTree = {
  node(path: string): TreeNode | undefined
  /** Sorted. */
  names(path: string): string[]
}

const { S_IFMT, S_IFDIR, S_IFREG, S_IFLNK, O_RDONLY, O_DIRECTORY } = constants

/** A tree behind an open directory, which nothing changes meanwhile. */
export function openTree(root: number): FileTree {
  return {
    node: path => missing(() => nodeOf(root, byteText(path))),
    names: path => {
      const fd = openInRoot(root, byteText(path), O_RDONLY | O_DIRECTORY)
      try {
        return readNames(fd).map(plainText).sort()
      } finally {
        close(fd)
      }
    },
  }
}

function nodeOf(root: number, path: ByteText): TreeNode {
  if (path === '') return { type: 'directory' }
  const slash = path.lastIndexOf('/')
  const parent = openInRoot(root, path.slice(0, Math.max(slash, 0)), O_RDONLY | O_DIRECTORY)
  try {
    const base = path.slice(slash + 1)
    const kind = statusOf(parent, base).mode & S_IFMT
    if (kind === S_IFLNK) return { type: 'symlink', linkName: plainText(readLink(parent, base)) }
    return { type: kind === S_IFDIR ? 'directory' : kind === S_IFREG ? 'file' : 'other' }
  } finally {
    close(parent)
  }
}

function missing<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (failure) {
    if (hasCode(failure, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG')) return undefined
    throw failure
  }
}

/** The tree that an index tells of. */
export function indexedTree(index: ContextIndex): FileTree {
  const below = new Map<string, string[]>()
  for (const path of index.keys()) {
    const slash = path.lastIndexOf('/')
    const parent = path.slice(0, Math.max(slash, 0))
    const names = below.get(parent)
    if (names) names.push(path.slice(slash + 1))
    else below.set(parent, [path.slice(slash + 1)])
  }
  for (const names of below.values()) names.sort()
  return {
    node: path => (path === '' ? { type: 'directory' } : index.get(path)),
    names: path => below.get(path) ?? [],
  }
}
