// biome-ignore-all lint/suspicious/noTemplateCurlyInString: substitutions of Dockerfiles
import { describe, expect, test } from 'bun:test'
import { WordError } from './faults.ts'
import { expand, expandWord, expandWords } from './shell-word.ts'

const environment = new Map([
  ['v', 'value'],
  ['empty', ''],
  ['path', '/a/b.tar.gz'],
  ['two', 'x y'],
])

test.each([
  ['$v', 'value'],
  ['${v}s', 'values'],
  ['a$v-$v', 'avalue-value'],
  ['\\$v', '$v'],
  ["'$v'", '$v'],
  ['"$v"', 'value'],
  ['"\\$v \\" \\x"', '$v " \\x'],
  ['$none', ''],
  ['$', '$'],
  ['$1a', 'a'],
  ['${none:-w}', 'w'],
  ['${empty:-w}', 'w'],
  ['${empty-w}', ''],
  ['${none-$v}', 'value'],
  ['${none:-${also:-deep}}', 'deep'],
  ['${v:+w}', 'w'],
  ['${empty:+w}', ''],
  ['${empty+w}', 'w'],
  ['${v:?no}', 'value'],
  ['${path#*/}', 'a/b.tar.gz'],
  ['${path##*/}', 'b.tar.gz'],
  ['${path%.*}', '/a/b.tar'],
  ['${path%%.*}', '/a/b'],
  ['${v/?a/V}', 'Vlue'],
  ['${path//\\//-}', '-a-b.tar.gz'],
  ['${v/x/y}', 'value'],
  ['é$v', 'évalue'],
])('%s is %j', (word, expected) => {
  expect(expandWord(word, environment)).toBe(expected)
})

test.each([
  ['${v', 'unsupported modifier () in substitution'],
  ['${v:', 'unsupported modifier (:) in substitution'],
  ['${v:@x}', 'unsupported modifier (:@) in substitution'],
  ['${}', 'syntax error: bad substitution'],
  ['${v:-x', "syntax error: missing '}'"],
  ['"x', 'unexpected end of statement while looking for matching double-quote'],
  ["'x", 'unexpected end of statement while looking for matching single-quote'],
  ['${none:?say so}', 'none: say so'],
  ['${none?}', 'none: is not allowed to be unset'],
  ['${empty:?}', 'empty: is not allowed to be empty'],
])('%s is refused', (word, reason) => {
  expect(() => expandWord(word, environment)).toThrow(
    new WordError(`failed to process ${JSON.stringify(word)}: ${reason}`),
  )
})

test('the escape of the directive is the one that counts', () => {
  expect(expandWord('`$v \\$v', environment, { escape: '`' })).toBe('$v \\value')
})

test('words are parted at white space that is not quoted, also in values', () => {
  expect(expandWords('a $two "$two" b\\ c', environment)).toEqual(['a', 'x', 'y', 'x y', 'b c'])
})

test('it is told which variables were there and which not', () => {
  const { found, missing } = expand('$v ${none:-$two}', environment)
  expect([[...found], [...missing]]).toEqual([['v', 'two'], ['none']])
})

describe('hostile words end quickly', () => {
  test.each([
    ['nested', `${'${a:-'.repeat(100_000)}${'}'.repeat(100_000)}`],
    ['doubling', `${'${v/*/$v}'.repeat(20_000)}`],
    ['dollars', '$'.repeat(500_000)],
    ['a long name', `$${'a'.repeat(500_000)}`],
    ['quotes', '"'.repeat(500_001)],
  ])('%s', (_, word) => {
    try {
      expandWord(word, environment)
    } catch (failure) {
      expect(failure).toBeInstanceOf(WordError)
    }
  })

  test.each([
    ['${big##*a*a*a*a*b}', 'a'.repeat(100_000)],
    ['${big%%a*a*a*a*b}', 'a'.repeat(100_000)],
    ['${big//a*b/x}', 'a'.repeat(100_000)],
  ])('%s against a long value', (word, big) => {
    expect(expandWord(word, new Map([['big', big]]))).toBe(big)
  })

  test('a value that doubles with every line ends at a bound, not with the memory', () => {
    let value = 'x'.repeat(1024)
    expect(() => {
      for (let line = 0; line < 60; line++) value = expandWord('$v$v', new Map([['v', value]]))
    }).toThrow('longer than 1 MiB')
  })
})
