import { describe, expect, test } from 'bun:test'
import { DurationError, formatDuration, humanDuration, parseDuration, parseDurationExact } from './durations.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

describe('Go durations', () => {
  const both: [string, number][] = [
    ['0s', 0],
    ['5ns', 5],
    ['1.5µs', 1500],
    ['300ms', 3e8],
    ['1.5s', 15e8],
    ['1m0s', 6e10],
    ['2h45m0s', 99e11],
    ['-1h0m0.5s', -36005e8],
  ]
  test.each(both)('%s is read and printed', (text, ns) => {
    expect(parseDuration(text)).toBe(ns)
    expect(formatDuration(ns)).toBe(text)
  })
  test('other spellings', () => {
    expect(parseDuration('0')).toBe(0)
    expect(parseDuration('+.5s')).toBe(5e8)
    expect(parseDuration('1.s')).toBe(1e9)
    expect(parseDuration('3us')).toBe(3000)
    expect(parseDurationExact('2562047h47m16.854775807s')).toBe(2n ** 63n - 1n)
  })
  const bad: [string, string][] = [
    ['', 'time: invalid duration ""'],
    ['5', 'time: missing unit in duration "5"'],
    ['5x', 'time: unknown unit "x" in duration "5x"'],
    ['.s', 'time: invalid duration ".s"'],
    ['-', 'time: invalid duration "-"'],
    ['1sconstructor', 'time: unknown unit "sconstructor" in duration "1sconstructor"'],
    ['9999999h', 'time: invalid duration "9999999h"'],
  ]
  test.each(bad)('%j is refused', (text, message) => {
    expect(() => parseDuration(text)).toThrow(DurationError)
    expect(() => parseDuration(text)).toThrow(message)
  })
})

describe('humanDuration', () => {
  const cases: [number, string][] = [
    [999, 'Less than a second'],
    [1999, '1 second'],
    [59_999, '59 seconds'],
    [MINUTE, 'About a minute'],
    [59 * MINUTE, '59 minutes'],
    [HOUR, 'About an hour'],
    [1.6 * HOUR, '2 hours'],
    [47 * HOUR, '47 hours'],
    [48 * HOUR, '2 days'],
    [24 * 14 * HOUR, '2 weeks'],
    [24 * 60 * HOUR, '2 months'],
    [24 * 365 * 2 * HOUR, '2 years'],
  ]
  test.each(cases)('%d ms: %s', (ms, text) => expect(humanDuration(ms)).toBe(text))
})
