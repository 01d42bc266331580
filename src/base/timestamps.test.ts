import { describe, expect, test } from 'bun:test'
import {
  formatTimestamp,
  formatTimestampFixed,
  formatUnix,
  parseMoment,
  parseTimestamp,
  parseUnix,
  TimestampError,
  ZERO_TIME,
} from './timestamps.ts'

describe('timestamps', () => {
  test('RFC3339Nano drops trailing zeros and keeps nanoseconds', () => {
    expect(formatTimestamp(1_700_000_000_123_456_789n)).toBe('2023-11-14T22:13:20.123456789Z')
    expect(formatTimestamp(1_700_000_000_100_000_000n)).toBe('2023-11-14T22:13:20.1Z')
    expect(formatTimestamp(1_700_000_000_000_000_000n)).toBe('2023-11-14T22:13:20Z')
    expect(formatTimestampFixed(1_700_000_000_100_000_000n)).toBe('2023-11-14T22:13:20.100000000Z')
  })
  test('what is printed is read back', () => {
    for (const ns of [0n, 1n, 1_700_000_000_123_456_789n, -62_135_596_800_000_000_000n]) {
      expect(parseTimestamp(formatTimestamp(ns))).toBe(ns)
      expect(parseUnix(formatUnix(ns < 0n ? 0n : ns))).toBe(ns < 0n ? 0n : ns)
    }
    expect(formatTimestamp(parseTimestamp(ZERO_TIME))).toBe(ZERO_TIME)
  })
  test('zones', () => expect(parseTimestamp('2023-11-14T23:13:20+01:00')).toBe(1_700_000_000_000_000_000n))
  test.each(['', 'yesterday', '2023-13-01T00:00:00Z', '2023-02-30T00:00:00Z', '2023-01-01T24:00:00Z'])(
    '%j is refused',
    text => expect(() => parseTimestamp(text)).toThrow(TimestampError),
  )
  test('moments: ago, partial, unix', () => {
    const now = 1_700_000_000_500_000_000n
    expect(parseMoment('10m', now)).toBe(1_699_999_400_000_000_000n)
    expect(parseMoment('2023-11-14Z', now)).toBe(1_699_920_000_000_000_000n)
    expect(parseMoment('2023-11-14T22:13Z', now)).toBe(1_699_999_980_000_000_000n)
    expect(parseMoment('1700000000.5', now)).toBe(now)
    expect(parseMoment('0', now)).toBe(0n)
    expect(() => parseMoment('soon', now)).toThrow('failed to parse value as time or duration: "soon"')
  })
})
