import { constants } from 'node:fs'
import { attribute, type Status, setAttributeOf, statusOf } from '../../host/syscalls/attributes.ts'
import { type ByteText, plainText } from '../../host/syscalls/bytes.ts'
import { hasCode } from '../../host/syscalls/call.ts'
import { makeNode } from '../../host/syscalls/tree.ts'
import { unpackFaults } from './faults.ts'

/**
 * Whiteouts of a layer (OCI image-spec, layer.md "Whiteouts") as overlayfs has them: `.wh.NAME` is a character device 0:0
 * called NAME, `.wh..wh..opq` the attribute trusted.overlay.opaque on the directory.
 */
const PREFIX = '.wh.'
const META_PREFIX = '.wh..wh.'
export const OPAQUE_MARK = '.wh..wh..opq'
const OPAQUE_ATTRIBUTE = 'trusted.overlay.opaque'
const YES = Buffer.from('y')

export const isWhiteout = (base: ByteText): boolean => base.startsWith(PREFIX)

export const isWhiteoutNode = (status: Status): boolean =>
  (status.mode & constants.S_IFMT) === constants.S_IFCHR && status.rdevMajor === 0 && status.rdevMinor === 0

/** The member that tells of a whiteout at this path. */
export function whiteoutOf(path: ByteText): ByteText {
  const base = path.lastIndexOf('/') + 1
  return path.slice(0, base) + PREFIX + path.slice(base)
}

/** Whether an open directory hides what is below it. */
export const isOpaque = (directory: number): boolean => attribute(directory, OPAQUE_ATTRIBUTE)?.[0] === YES[0]

/** Records one whiteout in the directory that holds it. */
export function applyWhiteout(directory: number, base: ByteText, path: ByteText): void {
  if (base === OPAQUE_MARK) setAttributeOf(directory, '.', OPAQUE_ATTRIBUTE, YES)
  else if (!base.startsWith(META_PREFIX)) hide(directory, base.slice(PREFIX.length), path)
}

export function makeOpaque(directory: number, name: ByteText): void {
  setAttributeOf(directory, name, OPAQUE_ATTRIBUTE, YES)
}

/** A whiteout is for lower layers only: what this layer itself has under the name stays, and already hides what is below. */
function hide(directory: number, name: ByteText, path: ByteText): void {
  if (name === '' || name === '.' || name === '..') throw unpackFaults.WHITEOUT(plainText(path))
  try {
    makeNode(directory, name, constants.S_IFCHR, 0, 0)
  } catch (failure) {
    if (!hasCode(failure, 'EEXIST')) throw failure
    if ((statusOf(directory, name).mode & constants.S_IFMT) === constants.S_IFDIR) makeOpaque(directory, name)
  }
}
