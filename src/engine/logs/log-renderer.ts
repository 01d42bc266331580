import { parseTimestamp, TimestampError } from '../../base/timestamps.ts'
import {
  HEADER_BYTES,
  STDERR,
  STDOUT,
  type StreamKind,
  writeHeader,
} from '../../formats/multiplexed-stream/multiplexed-stream.ts'
import { type FastLine, matchFastLine, TEXT_START } from './fast-line.ts'
import { printTime, readEntry } from './log-entry.ts'
import type { LogOptions } from './log-options.ts'
import { unescapeInto } from './unescape.ts'

const NEWLINE = 10
const SPACE = 32
/** Lines of one stream are put together into frames of up to this size: 500,000 frames of their own would cost the client more than the reading. */
const FRAME_BYTES = 48 * 1024
const FULL_TIME = 30
/** What a line may come out longer than it is in the file: a header, the digits of its time, a space. */
const SLACK = 4096

/** Turns lines of a json-file log into what an API client gets. Damaged lines are left out. */
export class LogRenderer {
  readonly #options: LogOptions
  readonly #line: FastLine = { textEnd: 0, isError: false, timeStart: 0, timeEnd: 0 }
  readonly #plain: boolean
  #output: Buffer = Buffer.alloc(0)
  #at = 0
  #frameStart = -1
  #frameKind: StreamKind = STDOUT
  /** An entry after `until` has been met. */
  isPast = false

  constructor(options: LogOptions) {
    this.#options = options
    this.#plain = !options.details && options.since === undefined && options.until === undefined
  }

  /** Of whole lines. */
  render(input: Buffer): Buffer {
    this.#begin(input.length + SLACK)
    let start = 0
    while (!this.isPast) {
      const end = input.indexOf(NEWLINE, start)
      if (end < 0) break
      if (end > start) this.#renderLine(input, start, end)
      start = end + 1
    }
    this.#endFrame()
    return this.#output.subarray(0, this.#at)
  }

  #begin(size: number): void {
    this.#output = Buffer.allocUnsafe(size)
    this.#at = 0
    this.#frameStart = -1
  }

  #renderLine(input: Buffer, start: number, end: number): void {
    const line = this.#line
    if (this.#plain && matchFastLine(input, start, end, line) && this.#renderFast(input, start, line)) return
    const entry = readEntry(input.toString('utf8', start, end))
    if (!entry || (this.#options.since !== undefined && entry.time < this.#options.since)) return
    if (this.#options.until !== undefined && entry.time > this.#options.until) {
      this.isPast = true
      return
    }
    this.#renderEntry(entry.kind, this.#prefix(entry.time, entry.attributes) + entry.text)
  }

  /** False if the line is not what it looked like; nothing has been written then. */
  #renderFast(input: Buffer, start: number, line: FastLine): boolean {
    const kind = line.isError ? STDERR : STDOUT
    if (!this.#isWanted(kind)) return true
    const timestamped = this.#options.timestamps
    if (timestamped && line.timeEnd - line.timeStart !== FULL_TIME && !isTime(input, line)) return false
    const before = this.#open(kind, line.textEnd - start + SLACK)
    let at = this.#at
    if (timestamped) at = this.#copyTime(input, line, at)
    const end = unescapeInto(this.#output, at, input, start + TEXT_START, line.textEnd)
    if (end < 0) {
      if (before) this.#dropFrame()
      return false
    }
    this.#at = end
    return true
  }

  #copyTime(input: Buffer, line: FastLine, at: number): number {
    const length = line.timeEnd - line.timeStart
    if (length === FULL_TIME) input.copy(this.#output, at, line.timeStart, line.timeEnd)
    else this.#output.write(printTime(parseTimestamp(input.toString('latin1', line.timeStart, line.timeEnd))), at)
    this.#output[at + FULL_TIME] = SPACE
    return at + FULL_TIME + 1
  }

  #prefix(time: bigint, attributes: string): string {
    const details = this.#options.details ? `${attributes} ` : ''
    return this.#options.timestamps ? `${printTime(time)} ${details}` : details
  }

  #renderEntry(kind: StreamKind, text: string): void {
    if (!this.#isWanted(kind)) return
    const bytes = Buffer.from(text)
    this.#open(kind, bytes.length + SLACK)
    this.#output.set(bytes, this.#at)
    this.#at += bytes.length
  }

  #isWanted(kind: StreamKind): boolean {
    return kind === STDERR ? this.#options.stderr : this.#options.stdout
  }

  /** Makes room, and a header where a new frame has to begin (then true). */
  #open(kind: StreamKind, room: number): boolean {
    if (this.#at + room > this.#output.length) this.#grow(room)
    if (!this.#options.framed) return false
    if (this.#frameStart >= 0 && this.#frameKind === kind && this.#at - this.#frameStart < FRAME_BYTES) return false
    this.#endFrame()
    this.#frameStart = this.#at
    this.#frameKind = kind
    this.#at += HEADER_BYTES
    return true
  }

  #dropFrame(): void {
    this.#at = this.#frameStart
    this.#frameStart = -1
  }

  #endFrame(): void {
    if (this.#frameStart < 0) return
    writeHeader(this.#output, this.#frameStart, this.#frameKind, this.#at - this.#frameStart - HEADER_BYTES)
    this.#frameStart = -1
  }

  #grow(room: number): void {
    const larger = Buffer.allocUnsafe(Math.max(this.#output.length * 2, this.#at + room))
    this.#output.copy(larger, 0, 0, this.#at)
    this.#output = larger
  }
}

function isTime(input: Buffer, line: FastLine): boolean {
  try {
    return parseTimestamp(input.toString('latin1', line.timeStart, line.timeEnd)) >= 0n
  } catch (failure) {
    if (failure instanceof TimestampError) return false
    throw failure
  }
}
