import { readdir, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { LaterLogFile } from './later-log-file.ts'
import { type LogFile, openLogFile } from './log-file.ts'

/** So many of the newest files are held open while they wait to be read; a log may have thousands. */
const HELD_OPEN = 16
/** A packed file has the time of the one that it was made of to about a microsecond. */
const SAME_TIME_NS = 5_000n

/** What is known of the newest file that was read: it is not opened again, whatever it is called meanwhile. */
export type Known = { inode: number; modified: bigint }

/**
 * The files of the log at `path` with what has been rotated away (`.1` is the newest of it), oldest first, down to but without
 * the `known` one. Opened from the newest on, each once, so that a rotation in between neither loses nor repeats one.
 */
export async function openLogFiles(path: string, known?: Known): Promise<LogFile[]> {
  const files: LogFile[] = []
  for (const name of [path, ...(await rotatedNames(path))]) {
    const file = files.length < HELD_OPEN ? await openLogFile(name) : await LaterLogFile.find(path, name)
    if (!file) continue
    const isKnown = known !== undefined && (await isSame(file, known))
    if (isKnown || files.some(({ inode }) => inode === file.inode)) await file.close()
    else files.unshift(file)
    if (isKnown) break
  }
  return files
}

async function isSame(file: LogFile, { inode, modified }: Known): Promise<boolean> {
  if (file.inode === inode) return true
  return file.isPacked && (await file.status()).modified <= modified + SAME_TIME_NS
}

/** `path.1`, `path.2` …, also where only the packed file is there; one more, for a rotation that comes in between. */
export async function rotatedNames(path: string): Promise<string[]> {
  const numbers = await rotatedNumbers(path)
  const next = (numbers.at(-1) ?? 0) + 1
  return [...numbers, next].map(number => `${path}.${number}`)
}

async function rotatedNumbers(path: string): Promise<number[]> {
  const prefix = `${basename(path)}.`
  const names = await readdir(dirname(path)).catch(() => [])
  const numbers = names
    .filter(name => name.startsWith(prefix) && /^\d{1,6}(\.gz)?$/.test(name.slice(prefix.length)))
    .map(name => Number.parseInt(name.slice(prefix.length), 10))
  return [...new Set(numbers)].sort((a, b) => a - b)
}

/** The rotated files that are not packed, newest first, with their inodes. */
export async function plainRotated(path: string): Promise<{ path: string; inode: number; isSent: boolean }[]> {
  const found: { path: string; inode: number; isSent: boolean }[] = []
  for (const number of await rotatedNumbers(path)) {
    const status = await stat(`${path}.${number}`).catch(() => undefined)
    if (status?.isFile()) found.push({ path: `${path}.${number}`, inode: status.ino, isSent: (status.mode & 0o222) === 0 })
  }
  return found
}
