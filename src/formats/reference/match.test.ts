import { expect, test } from 'bun:test'
import { matchesPattern, matchesReference } from './match.ts'
import { parseReference } from './reference.ts'

test.each([
  ['busybox', 'busybox:latest', true],
  ['busy*', 'busybox:latest', true],
  ['*:latest', 'busybox:latest', true],
  ['busy*', 'user/busybox', false],
  ['*/busy*', 'user/busybox:1', true],
  ['user/*', 'user/busybox:1', true],
  ['busybo?', 'busybox', true],
  ['busybo[w-y]', 'busybox:1', true],
  ['busybo[^x]', 'busybox', false],
  ['docker.io/library/busybox', 'busybox', false],
  ['localhost:5000/*', 'localhost:5000/a:1', true],
])('%s and %s: %p', (pattern, reference, expected) => {
  expect(matchesReference(pattern, parseReference(reference))).toBe(expected)
})

test('a broken pattern is a fault', () => {
  for (const pattern of ['[', '[]', '[a', 'a\\', '[-]', '[a-]']) {
    expect(() => matchesPattern(pattern, 'a')).toThrow('syntax error in pattern')
  }
})

test('a pattern of many stars is answered at once', () => {
  expect(matchesPattern(`${'a*'.repeat(200)}b`, 'a'.repeat(4000))).toBe(false)
})
