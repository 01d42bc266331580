import { dirname } from 'node:path'
import { FileWatch } from './file-watch.ts'
import { type LogFile, openLogFiles } from './log-file.ts'
import type { LogOptions } from './log-options.ts'
import { LogRenderer } from './log-renderer.ts'
import { findTail } from './tail.ts'

const CHUNK_BYTES = 256 * 1024
/** A line longer than this is damage (zeros after a power cut): entries are cut into 16 KiB pieces when they are written. */
const LONGEST_LINE_BYTES = 4 * 1024 * 1024

export type LogSource = {
  /** Path of the current file; rotated ones are beside it with `.1`, `.2`, … */
  path: string
  /** Resolves when nothing more will be written: a follower ends then, with all that is in the file. */
  ended: Promise<void>
}

/** The log as an API client gets it, in pieces of up to some 256 KiB. Ends early, without error, when the signal aborts. */
export async function* readLog(
  source: LogSource,
  options: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reader = new LogReader(source.path, options)
  try {
    yield* reader.backlog(signal)
    if (options.follow && !reader.isPast) yield* follow(reader, source.ended, signal)
  } finally {
    await reader.close()
  }
}

async function* follow(reader: LogReader, ended: Promise<void>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const watch = new FileWatch(reader.directory)
  let hasEnded = false
  const onEnd = () => {
    hasEnded = true
    watch.notify()
  }
  const onAbort = () => watch.notify()
  void ended.then(onEnd, onEnd)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    while (!signal.aborted && !reader.isPast) {
      const isLast = hasEnded
      yield* reader.news(signal)
      if (isLast) return
      await watch.changed()
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    watch.close()
  }
}

class LogReader {
  readonly directory: string
  readonly #path: string
  readonly #options: LogOptions
  readonly #renderer: LogRenderer
  #buffer = Buffer.allocUnsafe(CHUNK_BYTES)
  /** Bytes of the buffer that hold the beginning of an unfinished line. */
  #held = 0
  #position = 0
  #files: LogFile[] = []

  constructor(path: string, options: LogOptions) {
    this.directory = dirname(path)
    this.#path = path
    this.#options = options
    this.#renderer = new LogRenderer(options)
  }

  get isPast(): boolean {
    return this.#renderer.isPast
  }

  /** What is there already. */
  async *backlog(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    this.#files = await openLogFiles(this.#path)
    const { tail } = this.#options
    if (tail !== undefined) await this.#skipTo(tail)
    yield* this.#readAll(signal)
  }

  /** What has come since: the rest of the file, and what has taken its place. */
  async *news(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    await this.#noticeTruncation()
    yield* this.#readAll(signal)
    const newer = await openLogFiles(this.#path, this.#files[0]?.inode)
    if (newer.length === 0) return
    // Written between the last read and the rotation.
    yield* this.#readAll(signal)
    this.#files.push(...newer)
    if (this.#files.length > newer.length) await this.#next()
    yield* this.#readAll(signal)
  }

  async close(): Promise<void> {
    await Promise.all(this.#files.splice(0).map(file => file.close()))
  }

  async #skipTo(tail: number): Promise<void> {
    const start = await findTail(this.#files, tail)
    for (let passed = 0; passed < start.file; passed++) await this.#next()
    this.#position = start.position
  }

  /** All files to their ends; the last one stays open. */
  async *#readAll(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    while (this.#files.length > 0) {
      yield* this.#readFile(this.#files[0]!, signal)
      if (this.#files.length === 1 || signal.aborted || this.isPast) return
      await this.#next()
    }
  }

  async *#readFile(file: LogFile, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    while (!signal.aborted && !this.isPast) {
      const count = await file.read(this.#buffer, this.#held, this.#position)
      if (count === 0) return
      this.#position += count
      const output = this.#render(this.#held + count)
      if (output.length > 0) yield output
    }
  }

  #render(length: number): Uint8Array {
    const { output, used } = this.#renderer.render(this.#buffer.subarray(0, length))
    this.#buffer.copyWithin(0, used, length)
    this.#held = length - used
    if (this.#held > LONGEST_LINE_BYTES) this.#held = 0
    if (this.#held === this.#buffer.length) this.#buffer = Buffer.concat([this.#buffer, Buffer.allocUnsafe(this.#held)])
    return output
  }

  async #next(): Promise<void> {
    await this.#files.shift()?.close()
    this.#position = 0
    this.#held = 0
  }

  /** A file emptied in place (`: > file`, logrotate's copytruncate) is read from its new beginning. */
  async #noticeTruncation(): Promise<void> {
    const size = await this.#files[0]?.size()
    if (size === undefined || size >= this.#position) return
    this.#position = 0
    this.#held = 0
  }
}
