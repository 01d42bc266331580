import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { compilePattern } from './pattern.ts'

describe('a pattern', () => {
  const TEXTS = [
    '',
    'a',
    'web',
    'web-1',
    '/web_12',
    'aaaa',
    'a.b',
    'foo bar',
    'x'.repeat(40),
    'database-1.prod',
    'ab\ncd',
    '-',
    ']^',
  ]
  const PATTERNS = [
    '',
    'a',
    '^web',
    'web$',
    '^/?web',
    'w.b',
    'web-\\d+',
    '^(web|db)',
    'a{2}',
    'a{2,}',
    '^a{2,3}$',
    '^a{0,2}$',
    '[a-c]+',
    '[^a-z]',
    '\\.',
    'x*y?',
    '(a|b)*$',
    '(?:web)+',
    '\\bbar\\b',
    'o\\B',
    '[\\w.]+-\\d',
    '^$',
    '.*',
    'a|',
    '[]^]',
    'b\nc',
    '\\Aweb',
    'prod\\z',
    '(a*)*',
    '(a|a)*b',
    '[a-]',
    'x+?',
  ]
  test.each(PATTERNS)('%j finds what JavaScript finds', source => {
    const [ours, theirs] = [
      compilePattern(source),
      new RegExp(source.replace('[]^]', '[\\]^]').replace('\\A', '^').replace('\\z', '$')),
    ]
    expect(TEXTS.map(text => ours?.foundIn(text))).toEqual(TEXTS.map(text => theirs.test(text)))
  })

  test.each([
    '(',
    ')',
    '[',
    '*',
    'a**',
    '(?=a)',
    '(?<n>a)',
    '\\1',
    '\\p{L}',
    '[b-a]',
    'a{3,2}',
    'a{5000}',
    '\\',
    '[[:alpha:]]',
    '(a{900}){900}',
    'a'.repeat(300),
  ])('%j is none', source => expect(compilePattern(source)).toBeUndefined())

  test('that would run for years is answered at once', () => {
    const text = `${'a'.repeat(5000)}-`
    for (const source of [
      '^(a+)+$',
      '(a|a)*$b',
      '(a*)*b',
      '^(([a-z])+.)+[A-Z]([a-z])+$',
      `${'a*'.repeat(100)}b`,
      `(${'a?'.repeat(60)})*b`,
    ])
      expect(compilePattern(source)?.foundIn(text)).toBe(false)
  })

  test('of any text is a pattern or none, and never a crash', () => {
    const alphabet = fc.constantFrom(...'ab(){}[]|*+?^$.\\-,12:dw')
    fc.assert(
      fc.property(
        fc.array(alphabet, { maxLength: 30 }),
        parts => void compilePattern(parts.join(''))?.foundIn('abab-12'),
      ),
    )
  })
})
