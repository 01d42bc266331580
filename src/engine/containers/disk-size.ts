import { lstat, opendir } from 'node:fs/promises'
import { join } from 'node:path'

/** Bytes in the files of a tree, each inode once. Files that go away meanwhile do not count. */
export async function diskSize(directory: string): Promise<number> {
  const linked = new Set<number>()
  let total = 0
  const waiting = [directory]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const { path, isDirectory } of await entriesOf(next)) {
      if (isDirectory) waiting.push(path)
      else total += await fileSize(path, linked)
    }
  }
  return total
}

async function entriesOf(directory: string): Promise<{ path: string; isDirectory: boolean }[]> {
  const found: { path: string; isDirectory: boolean }[] = []
  try {
    for await (const entry of await opendir(directory)) {
      found.push({ path: join(directory, entry.name), isDirectory: entry.isDirectory() })
    }
  } catch {}
  return found
}

async function fileSize(path: string, linked: Set<number>): Promise<number> {
  const found = await lstat(path).catch(() => undefined)
  if (!found || (found.nlink > 1 && linked.has(found.ino))) return 0
  if (found.nlink > 1) linked.add(found.ino)
  return found.size
}
