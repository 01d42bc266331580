import { STDERR } from '../../../formats/multiplexed-stream/multiplexed-stream.ts'
import { compilePattern, type Pattern } from '../../../formats/pattern/pattern.ts'
import { CommandFailure } from '../../failures.ts'
import type { Session } from '../../session.ts'
import type { LogLine } from './log-lines.ts'

/** Foregrounds that are read on dark and on light. */
const COLOURS = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94]
const NEWLINE = '\n'

/** `web-1  | `, each of the same width, coloured where colours are wanted. */
export function linePrefixes(names: readonly string[], hasColour: boolean): string[] {
  const width = Math.max(...names.map(name => name.length))
  return names.map((name, place) => {
    const text = `${name.padEnd(width)} | `
    return hasColour ? `\x1b[${COLOURS[place % COLOURS.length]}m${text}\x1b[0m` : text
  })
}

/** undefined for no pattern. Takes time by the length of a line only, whatever is asked for. */
export function grepPattern(source: string): Pattern | undefined {
  if (source === '') return undefined
  const pattern = compilePattern(source)
  if (!pattern) throw new CommandFailure(`invalid value for "grep": no regular expression: ${source}`)
  return pattern
}

export type LineForm = { pattern?: Pattern | undefined; timestamps: boolean }

export function printLine(session: Session, line: LogLine, prefix: string, { pattern, timestamps }: LineForm): void {
  if (pattern && !pattern.foundIn(line.text.toString())) return
  const output = line.kind === STDERR ? session.stderr : session.stdout
  output.write(timestamps ? `${prefix}${line.time} ` : prefix)
  output.write(line.text)
  output.write(NEWLINE)
}
