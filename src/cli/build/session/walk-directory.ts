import { createReadStream, lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { PatternMatcher } from '../../../formats/dockerignore/matcher.ts'
import { wireMode } from '../../../wire/directory/file-mode.ts'
import type { SentEntry } from '../../../wire/directory/send-directory.ts'
import { followedPaths } from './followed-paths.ts'

/** Which part of a directory is asked for, in patterns of .dockerignore's kind. */
export type WalkFilter = { include?: readonly string[]; exclude?: readonly string[]; follow?: readonly string[] }

/** How many entries are told before others have their turn. */
const TURN = 500
const READ_BYTES = 256 * 1024

type Found = { path: string; stats: Stats }
type Choice = { include?: PatternMatcher; exclude: PatternMatcher }

/**
 * A directory as its owner sees it, in the order that the other side expects: each directory before what is in it, names of
 * one by their bytes. A directory that is left out comes nevertheless if something below it does not.
 */
export async function* walkDirectory(root: string, filter: WalkFilter): AsyncGenerator<SentEntry, void> {
  const followed = filter.follow && followedPaths(root, filter.follow)
  const include = [...(filter.include ?? []), ...(followed ?? [])]
  const choice: Choice = {
    exclude: new PatternMatcher(filter.exclude ?? []),
    ...(include.length > 0 && !include.includes('.') && { include: new PatternMatcher(include) }),
  }
  const seen = new Map<string, string>()
  let told = 0
  for (const found of walk(root, '', [], choice)) {
    yield entryOf(root, found, seen)
    if (++told % TURN === 0) await new Promise(setImmediate)
  }
}

/** `waiting`: directories on the way that have not been told of, because they were left out themselves. */
function* walk(root: string, directory: string, waiting: Found[], choice: Choice): Generator<Found, void> {
  for (const name of namesIn(join(root, directory))) {
    const path = directory === '' ? name : `${directory}/${name}`
    const stats = lstatSync(join(root, path), { throwIfNoEntry: false })
    if (!stats) continue
    const isWanted = wants(choice, path)
    if (isWanted) {
      yield* waiting.splice(0)
      yield { path, stats }
    }
    if (stats.isDirectory() && (isWanted || mayWantBelow(choice, path))) {
      const above = isWanted ? [] : [...waiting, { path, stats }]
      for (const found of walk(root, path, above, choice)) {
        waiting.length = 0
        yield found
      }
    }
  }
}

const wants = ({ include, exclude }: Choice, path: string): boolean =>
  (include?.matches(path) ?? true) && !exclude.matches(path)

function mayWantBelow({ include, exclude }: Choice, path: string): boolean {
  const mayBeIncluded = include === undefined || include.matches(path) || include.mayMatchBelow(path)
  return mayBeIncluded && (!exclude.matches(path) || exclude.mayExceptBelow(path))
}

function namesIn(directory: string): string[] {
  const names = readdirSync(directory)
  return names.length < 2 ? names : names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

function entryOf(root: string, { path, stats }: Found, seen: Map<string, string>): SentEntry {
  const absolute = join(root, path)
  const modified = BigInt(Math.round(stats.mtimeMs * 1000)) * 1000n
  const common = { path, modified, uid: stats.uid, gid: stats.gid }
  if (stats.isDirectory()) return { stat: { ...common, mode: wireMode('directory', stats.mode) } }
  if (stats.isSymbolicLink()) {
    return { stat: { ...common, mode: wireMode('symlink', stats.mode), linkName: readlinkSync(absolute) } }
  }
  if (!stats.isFile()) return { stat: { ...common, mode: NAMED_PIPE } }
  const mode = wireMode('file', stats.mode)
  const first = stats.nlink > 1 ? firstName(seen, stats, path) : undefined
  if (first !== undefined) return { stat: { ...common, mode, size: stats.size, linkName: first } }
  return {
    stat: { ...common, mode, size: stats.size },
    open: () => createReadStream(absolute, { highWaterMark: READ_BYTES }),
  }
}
/** Whatever is no file, directory or link: the other side passes it over. */
const NAMED_PIPE = 0x02000000

/** The name under which the same file was told of before. */
function firstName(seen: Map<string, string>, { dev, ino }: Stats, path: string): string | undefined {
  const key = `${dev}:${ino}`
  const first = seen.get(key)
  if (first === undefined) seen.set(key, path)
  return first
}
