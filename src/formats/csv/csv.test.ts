import { expect, test } from 'bun:test'
import { parseCsvLine } from './csv.ts'

test('quoted fields may hold commas, and a doubled quote is one', () => {
  expect(parseCsvLine('a,"b,c","d""e",')).toEqual(['a', 'b,c', 'd"e', ''])
  expect(parseCsvLine('')).toEqual([''])
})

test('quotes in the wrong place are refused', () => {
  expect(() => parseCsvLine('a"b')).toThrow('bare " in non-quoted-field')
  expect(() => parseCsvLine('"a')).toThrow('extraneous or missing " in quoted-field')
  expect(() => parseCsvLine('"a"b')).toThrow('extraneous or missing " in quoted-field')
})
