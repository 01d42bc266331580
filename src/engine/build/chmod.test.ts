import { expect, test } from 'bun:test'
import { changedMode } from '../../store/copy/mode-change.ts'
import { parseMode } from './chmod.ts'

const apply = (text: string, mode: number, isDirectory = false) =>
  changedMode(mode, parseMode(text), isDirectory).toString(8)

test.each([
  ['644', 0o755, '644'],
  ['04755', 0o600, '4755'],
  ['u=rwX,go=rX', 0o700, '755'],
  ['u=rwX,go=rX', 0o600, '644'],
  ['a+x', 0o644, '755'],
  ['go-rwx', 0o777, '700'],
  ['u+s', 0o755, '4755'],
  ['+t', 0o777, '1777'],
])('%s of %o is %s', (text, mode, expected) => {
  expect(apply(text, mode)).toBe(expected)
})

test('`X` is for directories and for what is executable already', () => {
  expect(apply('go+X', 0o700, true)).toBe('711')
  expect(apply('go+X', 0o600, true)).toBe('611')
})

test.each(['', '999', '10000', 'u', 'z=r', 'u=q', '-1'])('%p is none', text => {
  expect(() => parseMode(text)).toThrow('invalid chmod parameter')
})
