import { defineFaults } from '../../../base/faults.ts'

const faults = defineFaults('MOMENT', {
  INVALID: {
    kind: 'invalid',
    message: (name: string, value: string) => `invalid value for '${name}': ${JSON.stringify(value)} is no unix time`,
  },
})

/** `1700000000` or `1700000000.123456789` in unix nanoseconds; the CLI turns every other way of telling the time into this. */
export function parseMoment(name: string, text: string | undefined): bigint | undefined {
  if (text === undefined || text === '') return undefined
  const match = /^(-?\d{1,11})(?:\.(\d{1,9}))?$/.exec(text)
  if (!match) throw faults.INVALID(name, text.slice(0, 100))
  return BigInt(match[1] ?? 0) * 1_000_000_000n + BigInt((match[2] ?? '').padEnd(9, '0'))
}
