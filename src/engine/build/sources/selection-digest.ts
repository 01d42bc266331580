import { createHash, type Hash } from 'node:crypto'
import type { ContextEntry, ContextIndex } from '../../../store/context/context-index.ts'
import { type FileTree, indexedTree } from '../../../store/copy/file-tree.ts'
import type { Selection } from '../../../store/copy/requests.ts'
import { excluder, select } from '../../../store/copy/select.ts'

/**
 * One digest of everything that a selection takes of a context: names, kinds, permissions, links, attributes and content. Times are
 * left out. Throws copyFaults.NOT_FOUND, so that a source that is missing is known before anything runs.
 */
export function selectionDigest(index: ContextIndex, selection: Selection): string {
  const tree = indexedTree(index)
  const hash = createHash('sha256')
  const isOut = excluder(selection.exclude)
  for (const picked of select(tree, selection)) {
    const name = picked.keep ?? picked.name
    const isHidden =
      picked.keep !== undefined
        ? isOut(picked.keep, picked.isDirectory)
        : !picked.isDirectory && isOut(picked.name, false)
    if (isHidden) continue
    add(hash, name, index.get(picked.path))
    if (picked.isDirectory)
      below(hash, tree, index, picked.path, '', (path, isDirectory) =>
        isOut(picked.keep === undefined ? path : `${picked.keep}/${path}`, isDirectory),
      )
  }
  return hash.digest('hex')
}

function below(
  hash: Hash,
  tree: FileTree,
  index: ContextIndex,
  base: string,
  path: string,
  isOut: (path: string, isDirectory: boolean) => boolean,
): void {
  const directory = [base, path].filter(part => part !== '').join('/')
  for (const name of tree.names(directory)) {
    const within = path === '' ? name : `${path}/${name}`
    const entry = index.get(directory === '' ? name : `${directory}/${name}`)
    if (isOut(within, entry?.type === 'directory')) continue
    add(hash, within, entry)
    if (entry?.type === 'directory') below(hash, tree, index, base, within, isOut)
  }
}

function add(hash: Hash, path: string, entry: ContextEntry | undefined): void {
  const { type = 'directory', mode = 0o755, linkName = '', digest = '', attributes = {} } = entry ?? {}
  hash.update(JSON.stringify([path, type, mode, linkName, digest, Object.entries(attributes).sort()]))
}
