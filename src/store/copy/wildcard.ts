/** A part of a path that Go's filepath.Match would not take literally. */
export const hasWildcard = (part: string): boolean => /[*?[\\]/.test(part)

/**
 * One part of a path against one part of a pattern by the rules of Go's filepath.Match: `*`, `?`, `[a-z]`, `[^a]` and `\`.
 * Time is bounded by the product of both lengths, whatever the pattern.
 */
export function matchesPart(pattern: string, name: string): boolean {
  const tokens = tokensOf(pattern)
  const characters = [...name]
  let reached = new Set([0])
  for (const token of tokens) {
    reached = token === 'any' ? fromLeast(reached, characters.length) : step(reached, token, characters)
    if (reached.size === 0) return false
  }
  return reached.has(characters.length)
}

type Token = 'any' | ((character: string) => boolean)

function fromLeast(reached: Set<number>, length: number): Set<number> {
  const least = Math.min(...reached)
  return new Set(Array.from({ length: length - least + 1 }, (_, index) => least + index))
}

const step = (reached: Set<number>, token: (character: string) => boolean, characters: string[]): Set<number> =>
  new Set([...reached].filter(at => at < characters.length && token(characters[at]!)).map(at => at + 1))

function tokensOf(pattern: string): Token[] {
  const tokens: Token[] = []
  const characters = [...pattern]
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at]!
    if (character === '*') tokens.push('any')
    else if (character === '?') tokens.push(() => true)
    else if (character === '[') {
      const end = characters.indexOf(']', at + 2)
      if (end < 0) tokens.push(one => one === '[')
      else {
        tokens.push(classOf(characters.slice(at + 1, end)))
        at = end
      }
    } else if (character === '\\' && at + 1 < characters.length) {
      const literal = characters[++at]!
      tokens.push(one => one === literal)
    } else tokens.push(one => one === character)
  }
  return tokens
}

function classOf(parts: string[]): (character: string) => boolean {
  const isNegated = parts[0] === '^'
  const ranges: [string, string][] = []
  for (let at = isNegated ? 1 : 0; at < parts.length; at++) {
    if (parts[at] === '\\' && at + 1 < parts.length) at++
    const from = parts[at]!
    const isRange = parts[at + 1] === '-' && at + 2 < parts.length
    if (isRange) at += 2
    ranges.push([from, parts[at]!])
  }
  return character => ranges.some(([from, to]) => character >= from && character <= to) !== isNegated
}

/** A whole path against a pattern in which `**` stands for any number of parts, none included. */
export function matchesPath(pattern: readonly string[], path: readonly string[]): boolean {
  let reached = new Set([0])
  for (const part of pattern) {
    const next = new Set<number>()
    for (const at of reached) {
      if (part === '**') for (let to = at; to <= path.length; to++) next.add(to)
      else if (at < path.length && matchesPart(part, path[at]!)) next.add(at + 1)
    }
    reached = next
    if (reached.size === 0) return false
  }
  return reached.has(path.length)
}
