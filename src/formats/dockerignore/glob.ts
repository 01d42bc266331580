/** A pattern that is not one; the message is Go's. */
export class PatternError extends Error {
  override readonly name = 'PatternError'
}

/** Characters that mean something to a regular expression and nothing to a pattern. */
const PLAIN = new Set('.+()|{}$^')

/**
 * A pattern of .dockerignore as a regular expression for clean relative paths: `*` and `?` stay within one part, `**` is any
 * number of parts. Source: moby/patternmatcher, compile. Throws {@link PatternError}.
 */
export function compileGlob(pattern: string): RegExp {
  let source = ''
  for (let at = 0; at < pattern.length; at++) {
    const letter = pattern[at]!
    if (letter === '*' && pattern[at + 1] === '*') {
      at += pattern[at + 2] === '/' ? 2 : 1
      source += at + 1 >= pattern.length ? '.*' : anyParts(pattern, at)
    } else if (letter === '*') source += '[^/]*'
    else if (letter === '?') source += '[^/]'
    else if (letter === '[') {
      const end = classEnd(pattern, at)
      source += classSource(pattern.slice(at + 1, end), pattern)
      at = end
    } else if (letter === '\\') source += escaped(pattern[++at] ?? fail(pattern))
    else source += escaped(letter)
  }
  return new RegExp(`^${source}$`, 'su')
}

/** At the beginning, what follows `**` may also stand at the end of a name: `**.go`. */
const anyParts = (pattern: string, at: number): string => (at === 1 && pattern[at] === '*' ? '.*' : '(?:.*/)?')

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
