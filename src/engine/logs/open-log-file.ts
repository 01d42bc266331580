import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { LogFile } from './log-file.ts'
import { PackedLogFile } from './packed-log-file.ts'
import type { LogOrigin } from './packed-origin.ts'

/**
 * The file at the path, or what it was packed to; undefined if there is none. What leads elsewhere or would be waited for is
 * none [CVE-2025-0750, CVE-2026-53489].
 */
export const openLogFile = async (path: string): Promise<LogFile | undefined> =>
  (await openPlainFile(path)) ?? (await openPackedFile(path))

export async function openPlainFile(path: string): Promise<LogFile | undefined> {
  const plain = await openFile(path)
  return plain && new PlainLogFile(plain.handle, plain.inode)
}

/** What the file at the path was packed to. */
export async function openPackedFile(path: string): Promise<LogFile | undefined> {
  const packed = await openFile(`${path}.gz`)
  return packed && new PackedLogFile(packed.handle, packed.inode)
}

async function openFile(path: string): Promise<{ handle: FileHandle; inode: number } | undefined> {
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const status = await handle.stat()
    if (status.isFile()) return { handle, inode: status.ino }
    await handle.close()
  } catch (failure) {
    if (!['ENOENT', 'ELOOP'].includes((failure as NodeJS.ErrnoException).code ?? '')) throw failure
  }
  return undefined
}

class PlainLogFile implements LogFile {
  readonly isPacked = false
  readonly inode: number
  readonly #handle: FileHandle

  constructor(handle: FileHandle, inode: number) {
    this.#handle = handle
    this.inode = inode
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size
  }

  async origin(): Promise<LogOrigin> {
    return { inode: this.inode, modified: (await this.#handle.stat({ bigint: true })).mtimeNs }
  }

  async read(into: Buffer, at: number, position: number): Promise<number> {
    return (await this.#handle.read(into, at, into.length - at, position)).bytesRead
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }
}
