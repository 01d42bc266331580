import { STDERR, STDOUT, type StreamKind } from '../../../formats/multiplexed-stream/multiplexed-stream.ts'

/** One line of a container's output. `time`: RFC 3339 with nine digits, so that times compare as text. */
export type LogLine = { kind: StreamKind; time: string; text: Buffer }

const NEWLINE = 10
const SPACE = 32
/** A container may write a line without end. */
const LONGEST_BYTES = 4 * 1024 * 1024
/** A longer line is stored in pieces, and each begins with its time again. */
const PIECE_BYTES = 16_384
const STAMP = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z /g

/** Makes lines of what a log that was asked for with timestamps brings. */
export class LogLines {
  readonly #unfinished = new Map<StreamKind, Buffer>()

  /** Takes the bytes as they arrive; what is given back stays valid. */
  push(kind: StreamKind, bytes: Uint8Array): LogLine[] {
    const before = this.#unfinished.get(kind)
    const all = before ? Buffer.concat([before, bytes]) : Buffer.from(bytes)
    const lines: LogLine[] = []
    let start = 0
    for (let end = all.indexOf(NEWLINE); end >= 0; end = all.indexOf(NEWLINE, start)) {
      lines.push(lineOf(kind, all.subarray(start, end)))
      start = end + 1
    }
    const rest = all.subarray(start)
    if (rest.length > LONGEST_BYTES) lines.push(lineOf(kind, rest))
    this.#unfinished.set(kind, rest.length > LONGEST_BYTES ? Buffer.alloc(0) : rest)
    return lines
  }

  /** Lines whose end has not come. */
  rest(): LogLine[] {
    return ([STDOUT, STDERR] as const).flatMap(kind => {
      const bytes = this.#unfinished.get(kind)
      return bytes && bytes.length > 0 ? [lineOf(kind, bytes)] : []
    })
  }
}

function lineOf(kind: StreamKind, bytes: Buffer): LogLine {
  const space = bytes.indexOf(SPACE)
  const time = bytes.toString('latin1', 0, Math.max(0, space))
  return { kind, time, text: joined(bytes.subarray(space + 1)) }
}

/** Without the times at which the pieces of a long line begin. */
function joined(text: Buffer): Buffer {
  if (text.length <= PIECE_BYTES) return text
  const letters = text.toString('latin1')
  const pieces: Buffer[] = []
  let start = 0
  for (const { index, 0: stamp } of letters.matchAll(STAMP)) {
    if (index - start < PIECE_BYTES - 3) continue
    pieces.push(text.subarray(start, index))
    start = index + stamp.length
  }
  return Buffer.concat([...pieces, text.subarray(start)])
}
