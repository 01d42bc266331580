import { dirname } from 'node:path'
import type { LogFile } from './log-file.ts'
import { openLogFiles } from './open-log-files.ts'
import { findTail } from './tail.ts'

const CHUNK_BYTES = 256 * 1024
const NEWLINE = 10
/** A line longer than this is damage (zeros after a power cut): entries are cut into 16 KiB pieces when they are written. */
const LONGEST_LINE_BYTES = 4 * 1024 * 1024
/** Files that are held for a reader who falls behind. Beyond that rotation wins: a client that stalls must not fill the disk. */
const MOST_HELD = 32

/** A place between two lines. */
export type Place = { inode: number; position: number }

/**
 * The lines of a log, over its rotated files and on, in pieces of whole lines. A piece is valid until the next one is asked
 * for. Not for two readers at once.
 */
export class LogTape {
  readonly directory: string
  readonly #path: string
  #buffer = Buffer.allocUnsafe(CHUNK_BYTES)
  /** Bytes of the buffer that hold the beginning of an unfinished line. */
  #held = 0
  #position = 0
  #files: LogFile[] = []
  #looking: Promise<void> = Promise.resolve()
  /** Files have gone that nobody had opened. */
  hasGap = false

  constructor(path: string) {
    this.directory = dirname(path)
    this.#path = path
  }

  /** Begins with the oldest line, or with the last `tail` lines. */
  async open(tail?: number): Promise<void> {
    this.#files = await openLogFiles(this.#path)
    if (tail === undefined) return
    const start = await findTail(this.#files, tail)
    for (let passed = 0; passed < start.file; passed++) await this.#next()
    this.#position = start.position
  }

  /** Goes on at a place; where its file is no more, with the oldest line, and there is a gap. */
  async openAt(place: Place): Promise<void> {
    this.#files = await openLogFiles(this.#path)
    const at = this.#files.findIndex(({ inode }) => inode === place.inode)
    this.hasGap = at < 0 && this.#files.length > 0
    for (let passed = 0; passed < at; passed++) await this.#next()
    if (at >= 0) this.#position = place.position
  }

  /** Behind the last piece. */
  get place(): Place | undefined {
    const inode = this.#files[0]?.inode
    return inode === undefined ? undefined : { inode, position: this.#position - this.#held }
  }

  /** What is there already. */
  async *lines(signal: AbortSignal): AsyncGenerator<Buffer> {
    while (this.#files.length > 0) {
      yield* this.#fileLines(this.#files[0]!, signal)
      if (this.#files.length === 1 || signal.aborted) return
      await this.#next()
    }
  }

  /** What has come since: the rest of the file, and what has taken its place. */
  async *news(signal: AbortSignal): AsyncGenerator<Buffer> {
    await this.#noticeTruncation()
    yield* this.lines(signal)
    await this.lookForNewer()
    // Also what was written between the last read and the rotation.
    yield* this.lines(signal)
  }

  /** Opens what rotation has begun meanwhile, so that it is not gone before it is read. Can be called at any time. */
  lookForNewer(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#addNewer())
    return this.#looking
  }

  async close(): Promise<void> {
    await this.#looking.catch(() => {})
    await Promise.all(this.#files.splice(0).map(file => file.close()))
  }

  async #addNewer(): Promise<void> {
    const last = this.#files.at(-1)
    if (this.#files.length >= MOST_HELD) return
    this.#files.push(...(await openLogFiles(this.#path, last)))
  }

  async *#fileLines(file: LogFile, signal: AbortSignal): AsyncGenerator<Buffer> {
    while (!signal.aborted) {
      const count = await file.read(this.#buffer, this.#held, this.#position)
      if (count === 0) return
      this.#position += count
      const filled = this.#held + count
      const end = this.#buffer.lastIndexOf(NEWLINE, filled - 1) + 1
      this.#held = filled - end
      if (end > 0) yield this.#buffer.subarray(0, end)
      this.#keep(end, filled)
    }
  }

  #keep(from: number, to: number): void {
    this.#buffer.copyWithin(0, from, to)
    if (this.#held > LONGEST_LINE_BYTES) this.#held = 0
    if (this.#held === this.#buffer.length) this.#buffer = Buffer.concat([this.#buffer, Buffer.allocUnsafe(this.#held)])
    else if (this.#held === 0 && this.#buffer.length > CHUNK_BYTES) this.#buffer = Buffer.allocUnsafe(CHUNK_BYTES)
  }

  async #next(): Promise<void> {
    await this.#files.shift()?.close()
    this.#position = 0
    this.#held = 0
  }

  /** A file emptied in place (`: > file`, logrotate's copytruncate) is read from its new beginning. */
  async #noticeTruncation(): Promise<void> {
    const file = this.#files[0]
    if (!file || file.isPacked || (await file.size()) >= this.#position) return
    this.#position = 0
    this.#held = 0
  }
}
