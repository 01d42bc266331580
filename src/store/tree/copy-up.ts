import { constants } from 'node:fs'
import { status } from '../../host/syscalls/attributes.ts'
import type { ByteText } from '../../host/syscalls/bytes.ts'
import { hasCode } from '../../host/syscalls/call.ts'
import { readNames } from '../../host/syscalls/directory.ts'
import { openInRoot, reopenDirectory } from '../../host/syscalls/tree.ts'
import { Extractor } from '../unpack/extractor.ts'
import { TreeWalk } from './walk.ts'

const UNLIMITED = { bytes: Number.MAX_SAFE_INTEGER, entries: Number.MAX_SAFE_INTEGER }

/**
 * Fills a new volume with what the image has at the place where the volume will be, and gives it that directory's owner and
 * mode. Nothing is done if the image has no directory there, or the volume something in it [CVE-2020-1726]. `path` may lead
 * through links and `..`, but never out of the image [CVE-2022-23648].
 */
export function copyUp(root: number, path: ByteText, target: number): boolean {
  if (readNames(target).length > 0) return false
  const source = directoryAt(root, path)
  if (source === undefined) return false
  const extractor = new Extractor(reopenDirectory(target), { as: 'layer', limits: UNLIMITED, keepWhiteoutNames: true })
  new TreeWalk(extractor).readOpen(source, '.')
  extractor.finish()
  return true
}

function directoryAt(root: number, path: ByteText): number | undefined {
  try {
    const fd = openInRoot(root, path, constants.O_RDONLY | constants.O_DIRECTORY)
    return (status(fd).mode & constants.S_IFMT) === constants.S_IFDIR ? fd : undefined
  } catch (failure) {
    if (hasCode(failure, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined
    throw failure
  }
}
