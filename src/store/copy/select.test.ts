import { describe, expect, test } from 'bun:test'
import type { ContextEntry } from '../context/context-index.ts'
import { indexedTree } from './file-tree.ts'
import { excluder, select } from './select.ts'
import { matchesPart, matchesPath } from './wildcard.ts'

const entry = (type: ContextEntry['type'], linkName?: string): ContextEntry => ({
  type,
  mode: 0o644,
  size: 0,
  modified: { seconds: 0, nanoseconds: 0 },
  ...(linkName && { linkName }),
})
const directory = entry('directory')
const file = entry('file')
const tree = indexedTree(
  new Map([
    ['a', directory],
    ['a/b', directory],
    ['a/b/two.txt', file],
    ['a/one.txt', file],
    ['top.txt', file],
    ['to-b', entry('symlink', 'a/b')],
    ['out', entry('symlink', '../../etc')],
    ['absolute', entry('symlink', '/a')],
    ['loop', entry('symlink', 'loop')],
  ]),
)
const picked = (source: string, parents = false) =>
  select(tree, { sources: [source], parents }).map(({ path, name, keep }) => keep ?? `${path}:${name}`)

describe('a selection', () => {
  test.each([
    ['top.txt', ['top.txt:top.txt']],
    ['/top.txt', ['top.txt:top.txt']],
    ['./a/../top.txt', ['top.txt:top.txt']],
    ['*.txt', ['top.txt:top.txt']],
    ['a/*', ['a/b:b', 'a/one.txt:one.txt']],
    ['*/*.txt', ['a/one.txt:one.txt']],
    ['none*', []],
    ['to-b/two.txt', ['a/b/two.txt:two.txt']],
    ['to-b', ['a/b:to-b']],
    ['absolute/one.txt', ['a/one.txt:one.txt']],
    ['../../../a/one.txt', ['a/one.txt:one.txt']],
  ])('%s', (source, expected) => {
    expect(picked(source)).toEqual(expected)
  })

  test.each([
    ['a/b/two.txt', ['a/b/two.txt']],
    ['a/./b', ['b']],
    ['**/*.txt', ['a/b/two.txt', 'a/one.txt', 'top.txt']],
    ['a/*.txt', ['a/one.txt']],
  ])('%s with --parents', (source, expected) => {
    expect(picked(source, true)).toEqual(expected)
  })

  test.each(['none', 'a/none', 'out', 'out/passwd', 'loop', 'top.txt/x'])('%s is not found', source => {
    expect(() => picked(source)).toThrow('not found')
  })
})

test('what is excluded is left out with what is in it, unless an exception is about it', () => {
  const isOut = excluder(['*.md', 'node_modules', '!README.md', '!node_modules/kept'])
  expect(['x.md', 'README.md', 'x.txt', 'node_modules/x', 'node_modules/kept'].map(path => isOut(path, false))).toEqual(
    [true, false, false, true, false],
  )
  expect(isOut('node_modules', true)).toBe(false)
  expect(excluder(['node_modules'])('node_modules', true)).toBe(true)
})

test.each([
  ['*', 'a', true],
  ['a*c', 'abc', true],
  ['a?c', 'ac', false],
  ['[a-c]', 'b', true],
  ['[^a-c]', 'b', false],
  ['\\*', '*', true],
  ['\\*', 'a', false],
  ['[', '[', true],
  [`${'*a'.repeat(40)}b`, 'a'.repeat(5000), false],
])('%s matches %s: %p', (pattern, name, expected) => {
  expect(matchesPart(pattern, name)).toBe(expected)
})

test('`**` is any number of parts', () => {
  const matches = (pattern: string, path: string) => matchesPath(pattern.split('/'), path.split('/'))
  expect(matches('**/x', 'x')).toBe(true)
  expect(matches('**/x', 'a/b/x')).toBe(true)
  expect(matches('a/**/x', 'a/x')).toBe(true)
  expect(matches('a/**', 'b/x')).toBe(false)
})
