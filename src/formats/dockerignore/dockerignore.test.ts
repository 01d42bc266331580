import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { compileGlob, expressionOf, tokensOf } from './glob.ts'
import { GlobAutomaton } from './glob-automaton.ts'
import { PatternMatcher } from './matcher.ts'
import { parseDockerignore } from './parse.ts'

test('lines become patterns as Docker reads them', () => {
  const text = '\u{feff}# a comment\n\n  *.log  \n # not a comment\n/abs/\n! keep.log\n./a/../b\n.\r\n'
  expect(parseDockerignore(text)).toEqual(['*.log', '# not a comment', 'abs', '!keep.log', 'b', '.'])
})

test.each([
  ['*.go', 'a.go', true],
  ['*.go', 'a/b.go', false],
  ['**', 'a/b', true],
  ['**/*.go', 'b.go', true],
  ['**/*.go', 'a/b/c.go', true],
  ['**/foo', 'foo', true],
  ['**/foo', 'a/foo', true],
  ['**/foo', 'afoo', false],
  ['**foo', 'afoo', true],
  ['a/**', 'a/b/c', true],
  ['a/**/c', 'a/c', true],
  ['a/**/c', 'a/b/b/c', true],
  ['dir', 'dir/file', true],
  ['dir', 'other/dir', false],
  ['?', 'a', true],
  ['?', 'ab', false],
  ['a?c', 'a/c', false],
  ['[a-c]x', 'bx', true],
  ['[^a-c]x', 'bx', false],
  ['[^a]', '/', false],
  ['\\*', '*', true],
  ['\\*', 'a', false],
  ['a.b', 'axb', false],
  ['a+(b)|{c}$^', 'a+(b)|{c}$^', true],
  ['/abs', 'abs', true],
  ['*/*', 'a/b/c', true],
  ['ä*', 'äb', true],
  ['.', 'a', false],
] as const)('%s and %s: %p', (pattern, path, expected) => {
  expect(new PatternMatcher([pattern]).matches(path)).toBe(expected)
})

test('the last pattern that matches decides', () => {
  const matcher = new PatternMatcher(['*', '!src', 'src/*.tmp', '!src/keep.tmp'])
  expect(['other', 'src', 'src/a', 'src/a.tmp', 'src/keep.tmp'].map(path => matcher.matches(path))).toEqual([
    true,
    false,
    false,
    true,
    false,
  ])
})

test('a caught directory is looked into only where an exception may lie below', () => {
  const matcher = new PatternMatcher(['node_modules', '!node_modules/a/b', 'dist'])
  expect(matcher.mayExceptBelow('node_modules')).toBeTrue()
  expect(matcher.mayExceptBelow('node_modules/a')).toBeTrue()
  expect(matcher.mayExceptBelow('node_modules/c')).toBeFalse()
  expect(matcher.mayExceptBelow('dist')).toBeFalse()
  expect(new PatternMatcher(['x', '!**/keep']).mayExceptBelow('x')).toBeTrue()
})

test.each(['[', 'a[', '[]', '[b-a]', 'a\\', '!'])('%p is no pattern', pattern => {
  expect(() => new PatternMatcher([pattern])).toThrow()
})

const letters = fc.constantFrom('a', 'b', '/', '*', '**', '**/', '?', '[a-b]', '[^a]', '\\*', '.', 'é', '😀')
const paths = fc
  .array(fc.constantFrom('a', 'b', '/', '.', '*', 'é', '😀'), { maxLength: 12 })
  .map(parts => parts.join(''))

test('patterns of many stars match as those of few do', () => {
  fc.assert(
    fc.property(fc.array(letters, { maxLength: 6 }), paths, (parts, path) => {
      const tokens = tokensOf(parts.join(''))
      expect(new GlobAutomaton(tokens).test(path)).toBe(expressionOf(tokens).test(path))
    }),
    { numRuns: 5_000 },
  )
})

test.each([
  ['*a*a*a*a*a*a*a*a*b', 'a'.repeat(4000)],
  ['**/**/**/**/**/**/x', `${'a/'.repeat(2000)}y`],
  ['**a**a**a**a**a**b', 'a'.repeat(4000)],
  [`${'?*'.repeat(30)}b`, 'a'.repeat(4000)],
  [`${'*'.repeat(1001)}b`, 'a'.repeat(4000)],
])('a pattern that tries every way for a backtracking matcher ends quickly: %.20s', (pattern, path) => {
  expect(compileGlob(pattern).test(path)).toBeFalse()
})
