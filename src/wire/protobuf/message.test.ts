import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { bytes, flag, integer, long, many, map, maybe, one, text, unsigned } from './fields.ts'
import { message } from './message.ts'
import { ProtobufError } from './reader.ts'

const Inner = message({ name: one(1, text), size: one(2, long) })
const Everything = message({
  title: one(1, text),
  count: one(2, integer),
  on: one(3, flag),
  raw: one(4, bytes),
  inner: maybe(5, Inner),
  names: many(6, text),
  numbers: many(7, unsigned),
  attributes: map(8, text),
  inners: map(9, Inner),
})
const hex = (value: string): Buffer => Buffer.from(value, 'hex')

test('bytes are those of protobuf’s own examples', () => {
  expect(message({ a: one(1, integer) }).encode({ a: 150 })).toEqual(hex('089601'))
  expect(message({ b: one(2, text) }).encode({ b: 'testing' })).toEqual(hex('120774657374696e67'))
  expect(message({ a: one(1, integer) }).encode({ a: -2 })).toEqual(hex('08feffffffffffffffff01'))
})

test('what is written is read again', () => {
  const any = fc.record({
    title: fc.string({ unit: 'binary' }),
    count: fc.maxSafeInteger(),
    on: fc.boolean(),
    names: fc.array(fc.string()),
    numbers: fc.array(fc.integer({ min: 0, max: 0xffffffff })),
    inner: fc.option(fc.record({ name: fc.string(), size: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) }), {
      nil: undefined,
    }),
  })
  fc.assert(
    fc.property(any, value => expect(Everything.decode(Everything.encode(value))).toEqual(Everything.of(value))),
    { numRuns: 200 },
  )
})

test('numbers may come packed or one by one', () => {
  expect(Everything.decode(hex('3a03010203')).numbers).toEqual([1, 2, 3])
  expect(Everything.decode(hex('380138023803')).numbers).toEqual([1, 2, 3])
})

test('a map keeps hostile keys as keys', () => {
  const encoded = Everything.encode({ attributes: JSON.parse('{"__proto__":"x","constructor":"y"}') })
  const { attributes } = Everything.decode(encoded)
  expect(Object.keys(attributes).sort()).toEqual(['__proto__', 'constructor'])
  expect(({} as Record<string, unknown>).x).toBeUndefined()
})

test('fields of a newer version are skipped', () => {
  expect(Everything.decode(hex('a00106f2060178')).title).toBe('')
})

test('any bytes are a message or a ProtobufError, and nothing else happens', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), given => {
      try {
        Everything.decode(given)
      } catch (failure) {
        expect(failure).toBeInstanceOf(ProtobufError)
      }
    }),
    { numRuns: 2000 },
  )
})
