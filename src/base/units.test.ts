import { describe, expect, test } from 'bun:test'
import { formatBinaryBytes, formatBytes, parseBytes, parseDecimalBytes, SizeError } from './units.ts'

describe('parseBytes', () => {
  const good: [string, number][] = [
    ['0', 0],
    ['32', 32],
    ['32b', 32],
    ['32B', 32],
    ['32k', 32768],
    ['32KB', 32768],
    ['32Kib', 32768],
    ['32 mb', 32 * 1024 ** 2],
    ['1.5g', 1.5 * 1024 ** 3],
    ['.5m', 524288],
    ['2T', 2 * 1024 ** 4],
    ['3pb', 3 * 1024 ** 5],
  ]
  test.each(good)('%s is %d bytes', (text, bytes) => expect(parseBytes(text)).toBe(bytes))

  const bad: [string, string][] = [
    ['', "invalid size: ''"],
    ['hello', "invalid size: 'hello'"],
    ['-32', "invalid size: '-32'"],
    ['32bb', "invalid suffix: 'bb'"],
    ['32mbb', "invalid suffix: 'mbb'"],
    ['32u', "invalid suffix: 'u'"],
    ['1.2.3m', 'strconv.ParseFloat: parsing "1.2.3": invalid syntax'],
    [' 32 ', 'strconv.ParseFloat: parsing " 32": invalid syntax'],
    ['0x10', 'strconv.ParseFloat: parsing "0x10": invalid syntax'],
  ]
  test.each(bad)('%j is refused', (text, message) => {
    expect(() => parseBytes(text)).toThrow(SizeError)
    expect(() => parseBytes(text)).toThrow(message)
  })

  test('parseDecimalBytes counts in thousands', () => expect(parseDecimalBytes('10kB')).toBe(10_000))
})

describe('formatBytes', () => {
  const cases: [number, string][] = [
    [0, '0B'],
    [999, '999B'],
    [1000, '1kB'],
    [1_240_000, '1.24MB'],
    [72_800_000, '72.8MB'],
    [999_900, '1e+03kB'],
    [5_312_500_000, '5.31GB'],
  ]
  test.each(cases)('%d is %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))
  test('four digits on request', () => expect(formatBytes(1_234_567, 4)).toBe('1.235MB'))
  test('powers of 1024', () => {
    expect(formatBinaryBytes(512 * 1024 ** 2)).toBe('512MiB')
    expect(formatBinaryBytes(1023.9 * 1024)).toBe('1024KiB')
    expect(formatBinaryBytes(1.5 * 1024 ** 3)).toBe('1.5GiB')
  })
})
