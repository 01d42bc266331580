import { expect, test } from 'bun:test'
import { STDERR, STDOUT } from '../../../formats/multiplexed-stream/multiplexed-stream.ts'
import { LogLines } from './log-lines.ts'

const T1 = '2026-01-01T00:00:00.000000001Z'
const T2 = '2026-01-01T00:00:00.000000002Z'
const said = (lines: { time: string; text: Buffer }[]) => lines.map(({ time, text }) => [time, text.toString()])

test('lines are put together however the bytes are cut, for each stream apart', () => {
  const lines = new LogLines()
  expect(lines.push(STDOUT, Buffer.from(`${T1} he`))).toEqual([])
  expect(said(lines.push(STDERR, Buffer.from(`${T2} oops\n`)))).toEqual([[T2, 'oops']])
  expect(said(lines.push(STDOUT, Buffer.from(`llo\n${T2} rest`)))).toEqual([[T1, 'hello']])
  expect(said(lines.rest())).toEqual([[T2, 'rest']])
})

test('a line that was stored in pieces is one line, without the times in between', () => {
  const piece = 'x'.repeat(16_384)
  const [line] = new LogLines().push(STDOUT, Buffer.from(`${T1} ${piece}${T2} ${piece}${T2} end\n`))
  expect(line?.text.toString()).toBe(`${piece}${piece}end`)
})

test('a time that a short line tells stays', () => {
  expect(said(new LogLines().push(STDOUT, Buffer.from(`${T1} at ${T2} it\n`)))).toEqual([[T1, `at ${T2} it`]])
})

test('a line without end is given in parts and not held', () => {
  const lines = new LogLines()
  const part = Buffer.alloc(1024 * 1024, 'x')
  const given = Array.from({ length: 6 }, () => lines.push(STDOUT, part)).flat()
  expect(given).toHaveLength(1)
})
