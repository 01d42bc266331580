import { chmodSync, chownSync } from 'node:fs'
import type { Trees } from '../../../store/tree/tree.ts'
import type { CopyUp } from '../../volumes/volumes.ts'
import { layeredRoot } from '../spec/layered-root.ts'

/**
 * How volumes are filled: by the child process that copies trees, except where the image has nothing at the place or only
 * an empty directory, which is looked up here and costs no process.
 */
export const copyUpBy =
  (trees: Pick<Trees, 'copyUp'>): CopyUp =>
  async ({ layers, path }, into) => {
    const found = layeredRoot(layers).directoryAt(path)
    if (!found) return
    if (!found.isEmpty) {
      await trees.copyUp({ lower: layers }, path, into)
      return
    }
    chownSync(into, found.uid, found.gid)
    chmodSync(into, found.mode)
  }
