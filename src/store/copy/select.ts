import { PatternMatcher } from '../../formats/dockerignore/matcher.ts'
import { copyFaults } from './faults.ts'
import type { FileTree } from './file-tree.ts'
import type { Selection } from './requests.ts'
import { hasWildcard, matchesPart, matchesPath } from './wildcard.ts'

/**
 * One source of a copy. `path`: where it is, without links on the way. `name`: its own name, for a destination that is a
 * directory. `keep`: the path that `--parents` keeps of it, below `pivot`.
 */
export type Picked = { path: string; name: string; isDirectory: boolean; keep?: string; pivot?: string }

const MOST_LINKS = 255
export const partsOf = (path: string): string[] => path.split('/').filter(part => part !== '' && part !== '.')

/** What the sources name, in the order of the sources and of the names. Links are followed within the tree. */
export function select(tree: FileTree, { sources, parents }: Pick<Selection, 'sources' | 'parents'>): Picked[] {
  return sources.flatMap(source => (parents ? withParents(tree, source) : matching(tree, source)))
}

function matching(tree: FileTree, source: string): Picked[] {
  const parts = partsOf(source)
  const first = parts.findIndex(hasWildcard)
  if (first < 0) return [pick(tree, parts.join('/'), source)]
  const base = follow(tree, parts.slice(0, first).join('/'))
  if (base === undefined) return []
  return expand(tree, base, parts.slice(first)).map(path => pick(tree, path, source))
}

function expand(tree: FileTree, base: string, [part, ...rest]: string[]): string[] {
  if (part === undefined) return [base]
  if (tree.node(base)?.type !== 'directory') return []
  const names = tree.names(base).filter(name => matchesPart(part, name))
  return names.flatMap(name => expand(tree, join(base, name), rest))
}

function pick(tree: FileTree, path: string, source: string): Picked {
  const found = follow(tree, path)
  const node = found === undefined ? undefined : tree.node(found)
  if (found === undefined || !node) throw copyFaults.NOT_FOUND(`/${partsOf(source).join('/')}`)
  return { path: found, name: path.slice(path.lastIndexOf('/') + 1), isDirectory: node.type === 'directory' }
}

/** The path with every link in it followed, the root of the tree being the root of all; undefined if it leads nowhere. */
function follow(tree: FileTree, path: string): string | undefined {
  const ahead = partsOf(path).reverse()
  const done: string[] = []
  let links = 0
  for (let part = ahead.pop(); part !== undefined; part = ahead.pop()) {
    if (part === '..') {
      done.pop()
      continue
    }
    const node = tree.node([...done, part].join('/'))
    if (!node) return undefined
    if (node.type !== 'symlink') done.push(part)
    else if (++links > MOST_LINKS) return undefined
    else {
      const target = node.linkName ?? ''
      if (target.startsWith('/')) done.length = 0
      ahead.push(...partsOf(target).reverse())
    }
  }
  return done.join('/')
}

/** With `--parents`, `**` reaches any depth. */
function withParents(tree: FileTree, source: string): Picked[] {
  const cut = source.indexOf('/./')
  const pivot = cut < 0 ? '' : follow(tree, source.slice(0, cut))
  if (pivot === undefined) throw copyFaults.NOT_FOUND(`/${partsOf(source).join('/')}`)
  const pattern = partsOf(cut < 0 ? source : source.slice(cut + 3))
  const found = [...deep(tree, pivot, [], pattern)]
  if (found.length === 0 && !pattern.some(hasWildcard)) throw copyFaults.NOT_FOUND(`/${partsOf(source).join('/')}`)
  return found.map(path => ({
    ...pick(tree, path, source),
    pivot,
    keep: pivot === '' ? path : path.slice(pivot.length + 1),
  }))
}

function* deep(tree: FileTree, base: string, below: string[], pattern: string[]): Generator<string> {
  const path = [base, ...below].filter(part => part !== '').join('/')
  if (matchesPath(pattern, below)) {
    yield path
    return
  }
  if (below.length >= pattern.length && !pattern.includes('**')) return
  if (tree.node(path)?.type !== 'directory') return
  for (const name of tree.names(path)) yield* deep(tree, base, [...below, name], pattern)
}

const join = (base: string, name: string): string => (base === '' ? name : `${base}/${name}`)

/**
 * Whether a path below a source is left out. What is in an excluded directory is left out with it, unless an exception
 * may be about it: then the directory stays.
 */
export function excluder(patterns: readonly string[]): (path: string, isDirectory: boolean) => boolean {
  const matcher = new PatternMatcher(patterns)
  return (path, isDirectory) => matcher.matches(path) && !(isDirectory && matcher.mayExceptBelow(path))
}
