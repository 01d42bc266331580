/**
 * The shape that nearly every line of a json-file log has, `{"log":"…","stream":"stdout","time":"…"}`, recognised from its end
 * without reading the text: in JSON a quotation mark inside a text is always escaped, so the last `","stream":"` is the real one.
 */
export type FastLine = { textEnd: number; isError: boolean; timeStart: number; timeEnd: number }

const HEAD = Buffer.from('{"log":"')
const MIDDLE = Buffer.from('","stream":"std')
const TIME = Buffer.from('","time":"')
const QUOTE = 34
const BRACE = 125
/** `2026-01-02T03:04:05.123456789Z` */
const FULL_TIME = 30
const SHORTEST_TIME = 20
const STREAM_REST = 3
export const TEXT_START = HEAD.length

/** Fills `line` and answers true if the bytes from `start` to the newline at `end` have the shape. */
export function matchFastLine(bytes: Uint8Array, start: number, end: number, line: FastLine): boolean {
  const timeEnd = end - 2
  if (bytes[end - 1] !== BRACE || bytes[timeEnd] !== QUOTE) return false
  const timeStart = findTimeStart(bytes, start, timeEnd)
  const streamRest = timeStart - TIME.length - STREAM_REST
  const textEnd = streamRest - MIDDLE.length
  if (textEnd < start + TEXT_START || !has(bytes, timeStart - TIME.length, TIME)) return false
  if (!has(bytes, textEnd, MIDDLE) || !has(bytes, start, HEAD)) return false
  line.textEnd = textEnd
  line.isError = bytes[streamRest] === 101
  line.timeStart = timeStart
  line.timeEnd = timeEnd
  return true
}

function findTimeStart(bytes: Uint8Array, start: number, timeEnd: number): number {
  const usual = timeEnd - FULL_TIME
  if (usual > start && bytes[usual - 1] === QUOTE) return usual
  let at = timeEnd - SHORTEST_TIME
  while (at > start && at > timeEnd - 40 && bytes[at - 1] !== QUOTE) at--
  return at
}

function has(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  for (let index = 0; index < expected.length; index++) if (bytes[at + index] !== expected[index]) return false
  return true
}
