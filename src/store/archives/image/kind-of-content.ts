import { BLOCK } from '../../../formats/tar/entry.ts'
import { isZeroBlock, parseHeader } from '../../../formats/tar/header.ts'
import { compressionOf } from '../../unpack/input.ts'

/** What a file of an archive is by its first 512 bytes: JSON, a layer (a tar, plain or compressed), or nothing for us. */
export function kindOfContent(start: Uint8Array): 'document' | 'layer' | 'other' {
  if (isTar(start) || compressionOf(start) !== 'none') return 'layer'
  return /^\s*[[{]/.test(Buffer.from(start.subarray(0, 64)).toString('latin1')) ? 'document' : 'other'
}

function isTar(start: Uint8Array): boolean {
  if (start.length < BLOCK) return false
  try {
    if (!isZeroBlock(start, 0)) parseHeader(start, 0)
    return true
  } catch {
    return false
  }
}
