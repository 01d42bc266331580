import { lstat } from 'node:fs/promises'
import { type LogFile, openLogFile } from './log-file.ts'

/** How far a file is looked for behind its place: each rotation moves it on by one. */
const FARTHEST = 64

/** A file that is opened when it is read: until then it may be rotated on, packed, or removed, and has no lines then. */
export class LaterLogFile implements LogFile {
  readonly inode: number
  readonly isPacked: boolean
  readonly #path: string
  readonly #number: number
  #file: Promise<LogFile | undefined> | undefined
  readonly #modified: bigint

  private constructor(path: string, number: number, seen: Seen) {
    this.#path = path
    this.#number = number
    this.inode = seen.inode
    this.isPacked = seen.isPacked
    this.#modified = seen.modified
  }

  static async find(path: string, name: string): Promise<LaterLogFile | undefined> {
    const seen = (await look(name, false)) ?? (await look(`${name}.gz`, true))
    return seen && new LaterLogFile(path, Number(name.slice(path.length + 1)), seen)
  }

  async size(): Promise<number> {
    return (await (await this.#opened())?.size()) ?? 0
  }

  /** As it was found: what was rotated is not written any more. */
  async modified(): Promise<bigint> {
    return this.#modified
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
    if (!file.isPacked || this.isPacked) return false
    const modified = await file.modified()
    return modified / 10_000n === this.#modified / 10_000n
  }
}

type Seen = { inode: number; isPacked: boolean; modified: bigint }

async function look(path: string, isPacked: boolean): Promise<Seen | undefined> {
  const status = await lstat(path, { bigint: true }).catch(() => undefined)
  return status?.isFile() ? { inode: Number(status.ino), isPacked, modified: status.mtimeNs } : undefined
}
