import { parseBytes, parseDecimalBytes } from '../../../base/units.ts'
import { parseGoBoolean } from '../../../formats/command-line/numbers.ts'
import { logFaults } from '../faults.ts'
import type { Options } from './driver.ts'

/** Values of log options, read with Go's words for what cannot be read; `before` comes before them. */
export function booleanOf(options: Options, name: string, byDefault: boolean, before = ''): boolean {
  const text = options[name]
  return text === undefined || text === '' ? byDefault : said(before, () => parseGoBoolean(text))
}

/** Zero or more, in decimal digits. */
export function countOf(options: Options, name: string, byDefault: number, before = ''): number {
  const text = options[name]
  if (text === undefined) return byDefault
  if (!/^[+-]?\d{1,9}$/.test(text)) {
    throw logFaults.VALUE(`${before}strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`)
  }
  return Number(text)
}

/** Bytes of `20m` in powers of 1000, as json-file has them. */
export const decimalBytesOf = (text: string): number => said('', () => parseDecimalBytes(text))

/** Bytes of `20m` in powers of 1024. */
export const bytesOf = (text: string, before = ''): number => said(before, () => parseBytes(text))

/** What the reading throws, as a fault with the words before it. */
export function said<T>(before: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw logFaults.VALUE(`${before}${(cause as Error).message}`, { cause })
  }
}
