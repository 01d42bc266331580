import { constants } from 'node:fs'
import type { TarSink } from '../../formats/tar/parser.ts'
import { type Status, status } from '../../host/syscalls/attributes.ts'
import type { ByteText } from '../../host/syscalls/bytes.ts'
import { TreeWalk } from '../tree/walk.ts'
import { removeTree } from '../unpack/remove-tree.ts'
import { isWhiteout } from '../unpack/whiteouts.ts'
import { isStub } from './stubs.ts'

export type UpperOptions = {
  /** A container ran on it: what its runtime made there to mount at is left out. */
  hasRun?: boolean
  /** What has no place in a layer is removed from the directory, too: it is to be the unpacked layer itself. */
  tidy?: boolean
}

const { S_IFMT, S_IFSOCK } = constants

/**
 * Reads a writable directory of overlay into a sink as the members of a layer, the same each time for the same directory. Sockets
 * are left out, as Docker does, and so are names that begin with `.wh.`, which in a layer would delete other files. The root
 * is a member only where it differs from the usual one.
 */
export function walkUpper(root: number, sink: TarSink, { hasRun, tidy }: UpperOptions = {}): void {
  const omit = (directory: number, name: ByteText, as: ByteText, found: Status): boolean => {
    const unfit =
      (found.mode & S_IFMT) === S_IFSOCK || isWhiteout(name) || (hasRun === true && isStub(directory, name, as, found))
    if (unfit && tidy) removeTree(directory, name)
    return unfit
  }
  const walk = new TreeWalk(sink, { whiteouts: true, omit })
  if (!isUsualRoot(status(root))) walk.itself(root, '.')
  walk.content(root, '')
}

const isUsualRoot = ({ mode, uid, gid }: Status): boolean => (mode & 0o7777) === 0o755 && uid === 0 && gid === 0
