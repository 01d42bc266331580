import { lstat } from 'node:fs/promises'
import type { LogFile } from './log-file.ts'
import { openLogFile, openPackedFile } from './open-log-file.ts'
import { isSameOrigin, type LogOrigin } from './packed-origin.ts'

/** How far a file is looked for behind its place: each rotation moves it on by one. */
const FARTHEST = 64

/** A file that is opened when it is read: until then it may be rotated on, packed, or removed, and has no lines then. */
export class LaterLogFile implements LogFile {
  readonly inode: number
  readonly isPacked: boolean
  readonly #path: string
  readonly #number: number
  #file: Promise<LogFile | undefined> | undefined
  readonly #origin: LogOrigin

  private constructor(path: string, number: number, seen: Seen) {
    this.#path = path
    this.#number = number
    this.inode = seen.inode
    this.isPacked = seen.isPacked
    this.#origin = seen.origin
  }

  static async find(path: string, name: string): Promise<LaterLogFile | undefined> {
    const seen = (await lookPlain(name)) ?? (await lookPacked(name))
    return seen && new LaterLogFile(path, Number(name.slice(path.length + 1)), seen)
  }

  async size(): Promise<number> {
    return (await (await this.#opened())?.size()) ?? 0
  }

  /** As it was found: what was rotated is not written any more. */
  async origin(): Promise<LogOrigin> {
    return this.#origin
  }

  async read(into: Buffer, at: number, position: number): Promise<number> {
    const file = await this.#opened()
    return file ? await file.read(into, at, position) : 0
  }

  async close(): Promise<void> {
    await (await this.#file)?.close()
  }

  #opened(): Promise<LogFile | undefined> {
    this.#file ??= this.#open()
    return this.#file
  }

  async #open(): Promise<LogFile | undefined> {
    for (let number = this.#number; number < this.#number + FARTHEST; number++) {
      const file = await openLogFile(`${this.#path}.${number}`)
      if (!file) continue
      if (file.inode === this.inode || (await this.#wasPacked(file))) return file
      await file.close()
    }
    return undefined
  }

  async #wasPacked(file: LogFile): Promise<boolean> {
    return file.isPacked && !this.isPacked && isSameOrigin(await file.origin(), this.#origin)
  }
}

type Seen = Pick<LogFile, 'inode' | 'isPacked'> & { origin: LogOrigin }

async function lookPlain(path: string): Promise<Seen | undefined> {
  const status = await lstat(path, { bigint: true }).catch(() => undefined)
  if (!status?.isFile()) return undefined
  const inode = Number(status.ino)
  return { inode, isPacked: false, origin: { inode, modified: status.mtimeNs } }
}

async function lookPacked(path: string): Promise<Seen | undefined> {
  const file = await openPackedFile(path)
  if (!file) return undefined
  try {
    return { inode: file.inode, isPacked: true, origin: await file.origin() }
  } finally {
    await file.close()
  }
}
