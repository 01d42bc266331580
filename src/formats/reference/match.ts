import { referenceFaults } from './faults.ts'
import { familiar, familiarName, type Reference } from './reference.ts'

/** distribution/reference's FamiliarMatch: the pattern against the familiar text, and against the familiar name alone. Throws referenceFaults.PATTERN. */
export function matchesReference(pattern: string, reference: Reference): boolean {
  const tokens = parsePattern(pattern)
  return matches(tokens, familiar(reference)) || matches(tokens, familiarName(reference))
}

/** Go's path.Match: `*` and `?` stay within one part, `[a-z]` and `[^a-z]` are classes, `\` takes the next character as it is. */
export const matchesPattern = (pattern: string, text: string): boolean => matches(parsePattern(pattern), text)

type Token = 'star' | ((character: string) => boolean)

function parsePattern(pattern: string): Token[] {
  const characters = [...pattern]
  const tokens: Token[] = []
  while (characters.length > 0) tokens.push(nextToken(characters))
  return tokens
}

function nextToken(rest: string[]): Token {
  const character = rest.shift()!
  if (character === '*') return 'star'
  if (character === '?') return other => other !== '/'
  if (character === '[') return readClass(rest)
  const literal = character === '\\' ? taken(rest) : character
  return other => other === literal
}

function readClass(rest: string[]): Token {
  const negated = rest[0] === '^'
  if (negated) rest.shift()
  const ranges: [string, string][] = []
  while (rest[0] !== ']' || ranges.length === 0) ranges.push(readRange(rest))
  rest.shift()
  return other => other !== '/' && ranges.some(([low, high]) => low <= other && other <= high) !== negated
}

function readRange(rest: string[]): [string, string] {
  const low = classCharacter(rest)
  if (rest[0] !== '-') return [low, low]
  rest.shift()
  return [low, classCharacter(rest)]
}

function classCharacter(rest: string[]): string {
  const character = taken(rest)
  if (character === '-' || character === ']') throw referenceFaults.PATTERN()
  return character === '\\' ? taken(rest) : character
}

function taken(rest: string[]): string {
  const character = rest.shift()
  if (character === undefined) throw referenceFaults.PATTERN()
  return character
}

/** Only the last star is ever tried again, so that no pattern is slow. */
function matches(tokens: Token[], text: string): boolean {
  let token = 0
  let place = 0
  let star = -1
  let retry = 0
  while (place < text.length) {
    const test = tokens[token]
    if (test === 'star') {
      star = token++
      retry = place
    } else if (test?.(text[place]!)) {
      token++
      place++
    } else if (star >= 0 && text[retry] !== '/') {
      token = star + 1
      place = ++retry
    } else return false
  }
  return tokens.slice(token).every(rest => rest === 'star')
}
