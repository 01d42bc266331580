import { PatternError } from '../../formats/dockerignore/glob.ts'
import { PatternMatcher } from '../../formats/dockerignore/matcher.ts'
import { buildFaults } from './faults.ts'

/** A matcher of patterns of .dockerignore's kind; `where` they stand, for the message if one is none. */
export function matcherOf(where: string, patterns: readonly string[]): PatternMatcher {
  try {
    return new PatternMatcher(patterns)
  } catch (failure) {
    throw failure instanceof PatternError ? buildFaults.PATTERN(where, failure.message, { cause: failure }) : failure
  }
}
