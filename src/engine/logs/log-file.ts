import { constants } from 'node:fs'
import { type FileHandle, open, readdir } from 'node:fs/promises'
import { basename, dirname } from 'node:path'

/** One file of a log, held open: rotation may rename or remove it while it is read. */
export class LogFile {
  readonly inode: number
  readonly #handle: FileHandle

  private constructor(handle: FileHandle, inode: number) {
    this.#handle = handle
    this.inode = inode
  }

  /** Undefined if there is no such file; what leads elsewhere or would be waited for is none [CVE-2025-0750, CVE-2026-53489]. */
  static async open(path: string): Promise<LogFile | undefined> {
    try {
      const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
      const status = await handle.stat()
      if (status.isFile()) return new LogFile(handle, status.ino)
      await handle.close()
    } catch (failure) {
      if (!['ENOENT', 'ELOOP'].includes((failure as NodeJS.ErrnoException).code ?? '')) throw failure
    }
    return undefined
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size
  }

  /** Bytes read; 0 at the end. */
  async read(into: Buffer, at: number, position: number): Promise<number> {
    return (await this.#handle.read(into, at, into.length - at, position)).bytesRead
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }
}

/**
 * Opens the log at `path` with what has been rotated away (`.1` is the newest of it), oldest first, down to but without the
 * file with inode `until`. Opened from the newest on, each inode once, so that a rotation in between neither loses nor repeats one.
 */
export async function openLogFiles(path: string, until?: number): Promise<LogFile[]> {
  const files: LogFile[] = []
  for (const name of [path, ...(await rotatedNames(path))]) {
    const file = await LogFile.open(name)
    if (!file) continue
    const isKnown = files.some(({ inode }) => inode === file.inode)
    if (isKnown || file.inode === until) await file.close()
    else files.unshift(file)
    if (file.inode === until) break
  }
  return files
}

async function rotatedNames(path: string): Promise<string[]> {
  const prefix = `${basename(path)}.`
  const names = await readdir(dirname(path)).catch(() => [])
  const numbers = names
    .filter(name => name.startsWith(prefix) && /^\d{1,6}$/.test(name.slice(prefix.length)))
    .map(name => Number(name.slice(prefix.length)))
  return numbers.sort((a, b) => a - b).map(number => `${path}.${number}`)
}
