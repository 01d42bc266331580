import { expect, test } from 'bun:test'
import { EnvFileError, parseEnvFile } from './env-file.ts'

const parse = (text: string, known: Record<string, string> = {}) =>
  parseEnvFile(Buffer.from(text), 'x.env', key => (Object.hasOwn(known, key) ? known[key] : undefined))

test('comments, blank lines, a byte order mark and carriage returns are no variables', () => {
  expect(parse('\ufeff# c\n\n  A=1 \r\nB=a=b\n   # d\nC=#e\nD=')).toEqual(['A=1 ', 'B=a=b', 'C=#e', 'D='])
})

test('a bare name takes its value from the environment, or is dropped', () => {
  expect(parse('A\nB\n__proto__', { A: 'x' })).toEqual(['A=x'])
})

test('lines that are no variables name themselves', () => {
  expect(() => parse('=x')).toThrow(new EnvFileError("invalid env file (x.env): no variable name on line '=x'"))
  expect(() => parse('A B=1')).toThrow(
    new EnvFileError("invalid env file (x.env): variable 'A B' contains whitespaces"),
  )
  expect(() => parseEnvFile(Uint8Array.of(65, 61, 0xff), 'x.env')).toThrow('invalid utf8 bytes')
})
