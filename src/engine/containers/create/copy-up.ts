import { chmodSync, chownSync } from 'node:fs'
import type { Trees } from '../../../store/tree/tree.ts'
import type { CopyUp } from '../../volumes/copy-up.ts'
import { layeredRoot } from '../spec/layered-root.ts'

/**
 * How volumes are filled: by the child process that copies trees, except where the image has only an empty directory at the
 * place, which is looked up here and costs no process.
 */
export const copyUpBy = (trees: Pick<Trees, 'copyUp'>): CopyUp => ({
  has: ({ layers, path }) => layeredRoot(layers).directoryAt(path) !== undefined,
  copy: async ({ layers, path }, into) => {
    const found = layeredRoot(layers).directoryAt(path)
    if (!found) return
    if (!found.isEmpty) {
      await trees.copyUp({ lower: layers }, path, into)
      return
    }
    chownSync(into, found.uid, found.gid)
    chmodSync(into, found.mode)
  },
})
