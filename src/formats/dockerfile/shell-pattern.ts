import { WordError } from './faults.ts'

/** A character, or undefined for `?`: any one but a line end. */
type Character = string | undefined
/** A pattern between its stars. A star takes any characters but line ends. */
export type ShellPattern = Character[][]

/** A pattern of `${v#…}` and `${v/…/}`: `*`, `?`, and `\` before these or itself. */
export function parseShellPattern(text: string): ShellPattern {
  const parts: ShellPattern = [[]]
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!
    if (character === '*') parts.push([])
    else if (character === '?') parts.at(-1)!.push(undefined)
    else if (character !== '\\') parts.at(-1)!.push(character)
    else if (text[at + 1] !== '}' && text[at + 1] !== '/') parts.at(-1)!.push(escaped(text, ++at))
  }
  return parts
}

function escaped(text: string, at: number): string {
  const character = text[at] ?? ''
  if (character !== '' && '*?\\'.includes(character)) return character
  throw new WordError(`invalid pattern (${text}) in substitution: invalid escape '\\${character}'`)
}

/** `${v#pattern}`, greedy: `${v##pattern}`. */
export function trimPrefix(value: string, pattern: ShellPattern, greedy: boolean): string {
  const match = matchFrom(value, 0, pattern, greedy)
  return match.end === undefined ? value : value.slice(match.end)
}

/** `${v%pattern}`, greedy: `${v%%pattern}`: as a prefix of the value backwards. */
export function trimSuffix(value: string, pattern: ShellPattern, greedy: boolean): string {
  return backwards(
    trimPrefix(
      backwards(value),
      pattern.toReversed().map(part => part.toReversed()),
      greedy,
    ),
  )
}

const backwards = (text: string): string => Array.from(text).reverse().join('')

/** `${v/pattern/replacement}`, all: `${v//pattern/replacement}`. */
export function replacePattern(value: string, pattern: ShellPattern, replacement: string, all: boolean): string {
  const pieces: string[] = []
  let copied = 0
  for (let from = 0; from <= value.length; ) {
    const found = search(value, from, pattern)
    if (!found) break
    pieces.push(value.slice(copied, found.start), replacement)
    copied = found.end
    from = found.end > found.start ? found.end : found.end + 1
    if (!all) break
  }
  return pieces.join('') + value.slice(copied)
}

function search(value: string, from: number, pattern: ShellPattern): { start: number; end: number } | undefined {
  for (let start = from; start <= value.length; ) {
    const match = matchFrom(value, start, pattern, true)
    if (match.end !== undefined) return { start, end: match.end }
    start = Math.max(start + 1, match.notBefore)
  }
  return undefined
}

/**
 * Where a match that begins at `start` ends. Without one, no match begins before `notBefore` either: a part that was not
 * found up to the end of the line is not found from a later start in it, which keeps a search linear.
 */
function matchFrom(value: string, start: number, pattern: ShellPattern, greedy: boolean): Match {
  const first = pattern[0]!
  if (!matchesAt(value, start, first)) return { notBefore: start + 1 }
  let at = start + first.length
  for (const [index, part] of pattern.slice(1).entries()) {
    const isLast = index === pattern.length - 2
    const lineEnd = endOfLine(value, at)
    const found = greedy && isLast ? lastIn(value, at, lineEnd, part) : firstIn(value, at, lineEnd, part)
    if (found === undefined) return { notBefore: lineEnd + 1 - first.length }
    at = found + part.length
  }
  return { end: at, notBefore: start }
}
type Match = { end?: number; notBefore: number }

function endOfLine(value: string, from: number): number {
  const at = value.indexOf('\n', from)
  return at < 0 ? value.length : at
}

function firstIn(value: string, from: number, to: number, part: Character[]): number | undefined {
  for (let at = from; at <= to; at++) if (matchesAt(value, at, part)) return at
  return undefined
}

function lastIn(value: string, from: number, to: number, part: Character[]): number | undefined {
  for (let at = to; at >= from; at--) if (matchesAt(value, at, part)) return at
  return undefined
}

function matchesAt(value: string, at: number, part: Character[]): boolean {
  if (at + part.length > value.length) return false
  return part.every((character, index) => {
    const found = value[at + index]
    return character === undefined ? found !== '\n' : found === character
  })
}
