import { formatTimestampFixed, parseTimestamp } from '../../base/timestamps.ts'
import { STDERR, STDOUT } from '../../formats/multiplexed-stream/multiplexed-stream.ts'

/** One line of a json-file log, read with care. */
export type LogEntry = { text: string; kind: typeof STDOUT | typeof STDERR; time: bigint; attributes: string }

const BEGINNING = '{"log":'

/**
 * The entry in one line, or undefined if it is damaged. A line that begins with the rest of another (its writer was
 * killed in the middle) still gives the entry at its end.
 */
export function readEntry(line: string): LogEntry | undefined {
  const entry = parse(line)
  if (entry) return entry
  const again = line.lastIndexOf(BEGINNING)
  return again > 0 ? parse(line.slice(again)) : undefined
}

function parse(line: string): LogEntry | undefined {
  try {
    const { log, stream, time, attrs } = JSON.parse(line) as Record<string, unknown>
    if (typeof log !== 'string' || typeof time !== 'string') return undefined
    const kind = stream === 'stderr' ? STDERR : STDOUT
    return { text: log, kind, time: parseTimestamp(time), attributes: describeAttributes(attrs) }
  } catch {
    return undefined
  }
}

/** `a=1,b=2`, sorted and escaped as in a URL. */
function describeAttributes(attributes: unknown): string {
  if (typeof attributes !== 'object' || attributes === null) return ''
  const pairs = Object.entries(attributes).map(([key, value]) => `${urlEscape(key)}=${urlEscape(String(value))}`)
  return pairs.sort().join(',')
}

const urlEscape = (text: string): string => encodeURIComponent(text).replaceAll('%20', '+')

export const printTime = (time: bigint): string => formatTimestampFixed(time)
