import { expect, test } from 'bun:test'
import { parseSignal } from './signals.ts'

test.each([
  ['SIGTERM', 15],
  ['term', 15],
  ['9', 9],
  ['RTMIN+3', 37],
  ['SIGRTMAX-1', 63],
])('%s is %d', (text, number) => expect(parseSignal(text)).toBe(number))

test.each(['', '0', '65', '-1', 'SIGFOO', 'RTMAX+1', 'toString', '1.5'])('%j is none', text =>
  expect(parseSignal(text)).toBeUndefined(),
)
