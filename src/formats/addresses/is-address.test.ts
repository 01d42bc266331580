import { expect, test } from 'bun:test'
import { isIP } from 'node:net'
import fc from 'fast-check'
import { isAddress } from './is-address.ts'

test('agrees with node:net on addresses and on what looks like them', () => {
  const texts =
    '::|::1|1::|1:2:3:4:5:6:7:8|1::8|::ffff:1.2.3.4|1:2:3:4:5:6:1.2.3.4|:::|1:::2|::1::|12345::|1.2.3|01.2.3.4|256.1.1.1|1.2.3.4::|1:2:3:4:5:6:7::|1:2:3:4:5:6:7:8::|:1|1:| ::1|'
  for (const text of texts.split('|')) expect([text, isAddress(text)]).toEqual([text, isIP(text) !== 0])
})

test('agrees with node:net on any text of the right letters', () => {
  const letters = fc.string({ unit: fc.constantFrom(...'0123af:.'), maxLength: 24 })
  const addresses = fc.oneof(letters, fc.ipV4(), fc.ipV6())
  fc.assert(
    fc.property(addresses, text => isAddress(text) === (isIP(text) !== 0)),
    { numRuns: 2000 },
  )
})
