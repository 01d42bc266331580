import { compileGlob, type Glob, PatternError } from './glob.ts'
import { cleanPattern } from './parse.ts'

type Rule = { expression: Glob; isException: boolean; fixed: string }

/**
 * Patterns as a whole: the last that matches a path, or a directory above it, decides. Paths are clean and relative.
 * Source: moby/patternmatcher, MatchesOrParentMatches. Throws {@link PatternError}.
 */
export class PatternMatcher {
  readonly #rules: Rule[]
  /** Whether there is any `!`. */
  readonly hasExceptions: boolean

  constructor(patterns: readonly string[]) {
    this.#rules = patterns.map(pattern => pattern.trim()).flatMap(pattern => (pattern === '' ? [] : [ruleOf(pattern)]))
    this.hasExceptions = this.#rules.some(({ isException }) => isException)
  }

  matches(path: string): boolean {
    let matched = false
    const ways = waysTo(path)
    for (const { expression, isException } of this.#rules) {
      // An exception says nothing of what no pattern has caught, and a pattern nothing of what is caught.
      if (isException === matched && ways.some(way => expression.test(way))) matched = !isException
    }
    return matched
  }

  /** Whether something below a directory may be excepted although the directory itself is caught. */
  mayExceptBelow(directory: string): boolean {
    return this.#rules.some(({ isException, fixed }) => {
      if (!isException) return false
      return fixed === '' || `${fixed}/`.startsWith(`${directory}/`) || `${directory}/`.startsWith(`${fixed}/`)
    })
  }

  /** Whether something below a directory may match although the directory itself does not. */
  mayMatchBelow(directory: string): boolean {
    return this.#rules.some(({ isException, fixed }) => {
      if (isException) return false
      return fixed === '' || `${fixed}/`.startsWith(`${directory}/`) || `${directory}/`.startsWith(`${fixed}/`)
    })
  }
}

function ruleOf(pattern: string): Rule {
  const isException = pattern.startsWith('!')
  if (pattern === '!') throw new PatternError('illegal exclusion pattern: "!"')
  const clean = cleanPattern(isException ? pattern.slice(1) : pattern)
  return { isException, expression: compileGlob(clean), fixed: fixedPart(clean) }
}

/** The parts of a pattern before the first that holds a wildcard. */
function fixedPart(pattern: string): string {
  const parts = pattern.split('/')
  const wild = parts.findIndex(part => /[*?[\\]/.test(part))
  return (wild < 0 ? parts : parts.slice(0, wild)).join('/')
}

/** The path and every directory above it. */
function waysTo(path: string): string[] {
  const parts = path.split('/')
  return parts.map((_, place) => parts.slice(0, place + 1).join('/'))
}
