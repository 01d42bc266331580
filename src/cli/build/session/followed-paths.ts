import { lstatSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { compileGlob } from '../../../formats/dockerignore/glob.ts'

const MOST_LINKS = 255

/**
 * Paths below `root`, with wildcards in their parts, together with everything that links on the way lead to: all of it has
 * to be sent for the paths to mean something on the other side. Links that lead out of the root end at the root, as they do
 * where it is mounted. Source: tonistiigi/fsutil, FollowLinks. `.` stands for everything.
 */
export function followedPaths(root: string, paths: readonly string[]): string[] {
  const budget = { left: MOST_LINKS }
  const found = new Set(paths.flatMap(path => [...follow(root, partsOf(path), [], budget)]))
  return found.has('') ? ['.'] : [...found]
}

const partsOf = (path: string): string[] => path.split('/').filter(part => part !== '' && part !== '.')

type Budget = { left: number }

/** Walks `rest` from the directory `at`, and tells what it comes to. */
function* follow(root: string, rest: string[], at: string[], budget: Budget): Generator<string, void> {
  const [part, ...after] = rest
  if (part === undefined) yield at.join('/')
  else if (part === '..') yield* follow(root, after, at.slice(0, -1), budget)
  else for (const name of namesFor(root, at, part)) yield* step(root, name, after, at, budget)
}

function* step(root: string, name: string, after: string[], at: string[], budget: Budget): Generator<string, void> {
  const here = [...at, name]
  const target = linkTarget(join(root, ...here))
  if (target === undefined) {
    yield* follow(root, after, here, budget)
    return
  }
  yield here.join('/')
  if (budget.left-- > 0) yield* follow(root, [...partsOf(target), ...after], target.startsWith('/') ? [] : at, budget)
}

/** A name that is not there is asked for all the same: its absence is an answer, too. */
function namesFor(root: string, at: string[], part: string): string[] {
  if (!/[*?[]/.test(part)) return [part]
  const expression = compileGlob(part)
  try {
    return readdirSync(join(root, ...at)).filter(name => expression.test(name))
  } catch {
    return []
  }
}

function linkTarget(path: string): string | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  return stats?.isSymbolicLink() ? readlinkSync(path) : undefined
}
