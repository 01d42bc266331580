import { readdir, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'

/** `path.1`, `path.2` …, also where only the packed file is there. */
export async function rotatedNames(path: string): Promise<string[]> {
  return (await rotatedNumbers(path)).map(number => `${path}.${number}`)
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
export async function plainRotated(path: string): Promise<{ path: string; inode: number }[]> {
  const found: { path: string; inode: number }[] = []
  for (const number of await rotatedNumbers(path)) {
    const status = await stat(`${path}.${number}`).catch(() => undefined)
    if (status?.isFile()) found.push({ path: `${path}.${number}`, inode: status.ino })
  }
  return found
}
