import { expect, test } from 'bun:test'
import { constants, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { ZstdFrames } from './zstd-frames.ts'

const isWhole = (bytes: Uint8Array, chunk: number) => {
  const frames = new ZstdFrames()
  for (let at = 0; at < bytes.length; at += chunk) frames.push(bytes.subarray(at, at + chunk))
  return frames.isWhole
}

const SKIPPABLE = Buffer.from('502a4d1803000000616263', 'hex')

test('a stream of frames is whole at its end and nowhere within a frame', () => {
  const part = fc.record({
    bytes: fc.uint8Array({ maxLength: 5000 }),
    repeat: fc.integer({ min: 1, max: 60 }),
    checked: fc.boolean(),
  })
  fc.assert(
    fc.property(
      part,
      fc.integer({ min: 1, max: 999 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (made, chunk, cut) => {
        const plain = Buffer.concat(Array.from({ length: made.repeat }, () => made.bytes))
        const params = { [constants.ZSTD_c_checksumFlag]: made.checked ? 1 : 0 }
        const frame = zstdCompressSync(plain, { params })
        expect(isWhole(Buffer.concat([frame, SKIPPABLE, frame]), chunk)).toBe(true)
        const length = Math.floor(frame.length * cut)
        expect(isWhole(frame.subarray(0, length), chunk)).toBe(length === 0)
        expect(isWhole(Buffer.concat([frame, SKIPPABLE.subarray(0, 9)]), chunk)).toBe(false)
      },
    ),
  )
})
