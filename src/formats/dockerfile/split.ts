import type { Escape } from './dockerfile.ts'
import { isSpace } from './white-space.ts'

/** A part of an instruction and where in its line it stands. */
export type Part = { text: string; start: number; end: number }
/** `keyword --flag --flag rest`; quotes and escapes of flags are resolved, `rest` is as written. */
export type SplitInstruction = { keyword: Part; flags: Part[]; rest: Part }

export function splitInstruction(line: string, escapeCharacter: Escape): SplitInstruction {
  let start = 0
  while (isSpace(line[start])) start++
  let end = line.length
  while (end > start && isSpace(line[end - 1])) end--
  const keywordEnd = start + /^[^\t\v\f\r ]*/.exec(line.slice(start, end))![0].length
  const flags = readFlags(line.slice(0, end), keywordEnd, escapeCharacter)
  const rest = Math.min(flags.next, end)
  return { keyword: part(line, start, keywordEnd), flags: flags.flags, rest: part(line, rest, end) }
}

const part = (line: string, start: number, end: number): Part => ({ text: line.slice(start, end), start, end })

/** Words that begin with `--`, up to the first that does not, or to `--` itself. */
function readFlags(line: string, from: number, escapeCharacter: Escape): { flags: Part[]; next: number } {
  const flags: Part[] = []
  let at = from
  for (;;) {
    while (isSpace(line[at])) at++
    if (!line.startsWith('--', at)) return { flags, next: at }
    const flag = readFlag(line, at, escapeCharacter)
    at = flag.end
    if (flag.text === '--') break
    flags.push(flag)
  }
  while (isSpace(line[at])) at++
  return { flags, next: at }
}

function readFlag(line: string, start: number, escapeCharacter: Escape): Part {
  const characters: string[] = []
  let quote: string | undefined
  let at = start
  for (; at < line.length; at++) {
    const character = line[at]!
    if (character === quote) quote = undefined
    else if (character === escapeCharacter) characters.push(line[++at] ?? '')
    else if (quote === undefined && isSpace(character)) break
    else if (quote === undefined && (character === "'" || character === '"')) quote = character
    else characters.push(character)
  }
  return { text: characters.join(''), start, end: Math.min(at, line.length) }
}

/** Words parted at white space, where quotes and escapes keep white space; they stay in the words. */
export function splitWords(rest: Part, escapeCharacter: Escape): Part[] {
  const words: Part[] = []
  let at = 0
  for (;;) {
    while (isSpace(rest.text[at])) at++
    if (at >= rest.text.length) return words
    const word = readWord(rest.text, at, escapeCharacter)
    if (word.text !== '') words.push({ text: word.text, start: rest.start + at, end: rest.start + word.end })
    at = word.end
  }
}

function readWord(text: string, start: number, escapeCharacter: Escape): { text: string; end: number } {
  const characters: string[] = []
  let quote: string | undefined
  let at = start
  for (; at < text.length; at++) {
    const character = text[at]!
    if (quote === undefined && isSpace(character)) break
    if (character === escapeCharacter && quote !== "'") {
      at++
      if (at < text.length) characters.push(character, text[at]!)
      continue
    }
    if (character === quote) quote = undefined
    else if (quote === undefined && (character === "'" || character === '"')) quote = character
    characters.push(character)
  }
  return { text: characters.join(''), end: Math.min(at, text.length) }
}

/** Fields parted at blanks, without regard to quotes. */
export function splitFields(rest: Part): Part[] {
  return [...rest.text.matchAll(/[^\t\v\f\r ]+/g)].map(({ 0: text, index }) => ({
    text,
    start: rest.start + index,
    end: rest.start + index + text.length,
  }))
}

/** A JSON array of strings. undefined: it is no JSON array; 'mixed': one with something else in it. */
export function parseStringArray(text: string): string[] | 'mixed' | undefined {
  if (!text.startsWith('[')) return undefined
  try {
    const values: unknown[] = JSON.parse(text)
    return values.every(value => typeof value === 'string') ? values : 'mixed'
  } catch {
    return undefined
  }
}
