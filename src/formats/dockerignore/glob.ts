import { GlobAutomaton, type GlobToken } from './glob-automaton.ts'

/** A pattern that is not one; the message is Go's. */
export class PatternError extends Error {
  override readonly name = 'PatternError'
}

/** Characters that mean something to a regular expression and nothing to a pattern. */
const PLAIN = new Set('.+()|{}$^')

/**
 * A pattern of .dockerignore for clean relative paths: `*` and `?` stay within one part, `**` is any number of parts.
 * Source: moby/patternmatcher, compile. Throws {@link PatternError}.
 */
export function compileGlob(pattern: string): Glob {
  const tokens = tokensOf(pattern)
  // An expression tries the ways of many stars one after the other, which may take for ever.
  const stars = tokens.filter(({ kind }) => kind !== 'one').length
  return stars > MOST_STARS ? new GlobAutomaton(tokens) : expressionOf(tokens)
}
const MOST_STARS = 2

export type Glob = { test(path: string): boolean }

/** The same by a regular expression. */
export const expressionOf = (tokens: readonly GlobToken[]): RegExp =>
  new RegExp(`^${tokens.map(sourceOf).join('')}$`, 'su')

function sourceOf(token: GlobToken): string {
  switch (token.kind) {
    case 'one':
      return token.source
    case 'name':
      return '[^/]*'
    case 'rest':
      return '.*'
    case 'parts':
      return '(?:.*/)?'
  }
}

export function tokensOf(pattern: string): GlobToken[] {
  const tokens: GlobToken[] = []
  const one = (source: string) => tokens.push({ kind: 'one', source })
  for (let at = 0; at < pattern.length; ) {
    const letter = String.fromCodePoint(pattern.codePointAt(at)!)
    if (letter === '*') at = takeStars(pattern, at, tokens)
    else if (letter === '[') {
      const end = classEnd(pattern, at)
      one(classSource(pattern.slice(at + 1, end), pattern))
      at = end + 1
    } else if (letter === '\\') {
      const code = pattern.codePointAt(at + 1) ?? fail(pattern)
      one(escaped(String.fromCodePoint(code)))
      at += code > 0xffff ? 3 : 2
    } else {
      one(letter === '?' ? '[^/]' : escaped(letter))
      at += letter.length
    }
  }
  return tokens
}

/** At the beginning, what follows `**` may also stand at the end of a name: `**.go`. */
function takeStars(pattern: string, start: number, tokens: GlobToken[]): number {
  if (pattern[start + 1] !== '*') {
    tokens.push({ kind: 'name' })
    return start + 1
  }
  const hasSlash = pattern[start + 2] === '/'
  const next = start + (hasSlash ? 3 : 2)
  const isRest = next >= pattern.length || (start === 0 && !hasSlash)
  tokens.push({ kind: isRest ? 'rest' : 'parts' })
  return next
}

const escaped = (letter: string): string =>
  PLAIN.has(letter) || '[]*?\\/-'.includes(letter) ? (letter === '-' ? '-' : `\\${letter}`) : letter

/** Of `[…]`; a bracket right after the opening one belongs to the class no more than in Go. */
function classEnd(pattern: string, start: number): number {
  for (let at = start + 1; at < pattern.length; at++) {
    if (pattern[at] === '\\') at++
    else if (pattern[at] === ']') return at
  }
  return fail(pattern)
}

function classSource(inner: string, pattern: string): string {
  const isNegated = inner.startsWith('^')
  const body = (isNegated ? inner.slice(1) : inner).replace(/\\(.)/gsu, '$1')
  if (body === '') fail(pattern)
  const letters = [...body]
  let source = ''
  for (let at = 0; at < letters.length; at++) {
    if (letters[at + 1] === '-' && at + 2 < letters.length) {
      const [from, to] = [letters[at]!, letters[at + 2]!]
      if (from > to) fail(pattern)
      source += `${inClass(from)}-${inClass(to)}`
      at += 2
    } else source += inClass(letters[at]!)
  }
  return isNegated ? `[^/${source}]` : `(?!/)[${source}]`
}

const inClass = (letter: string): string => (/[\\\]^[-]/.test(letter) ? `\\${letter}` : letter)

function fail(pattern: string): never {
  throw new PatternError(`syntax error in pattern: ${JSON.stringify(pattern)}`)
}
