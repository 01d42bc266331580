import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { FrameParser, frameHeader, OPCODES } from './frames.ts'

/** A frame as a client sends it. */
function masked(opcode: number, payload: Uint8Array, first = 0x80 | opcode): Buffer {
  const header = Buffer.from(frameHeader(opcode, payload.length))
  header[0] = first
  header[1]! |= 0x80
  const mask = Buffer.from([1, 2, 3, 4])
  return Buffer.concat([header, mask, Buffer.from(payload.map((byte, i) => byte ^ mask[i & 3]!))])
}

function read(...chunks: Uint8Array[]) {
  const data: Buffer[] = []
  const controls: [number, string][] = []
  const parser = new FrameParser({
    data: bytes => data.push(bytes),
    control: (opcode, payload) => controls.push([opcode, payload.toString()]),
  })
  for (const chunk of chunks) parser.push(Buffer.from(chunk))
  return { data: Buffer.concat(data), controls }
}

describe('frames of a client', () => {
  test('are read however they are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }),
        fc.integer({ min: 1, max: 50 }),
        (parts, size) => {
          const wire = Buffer.concat(parts.map(part => masked(OPCODES.binary, part)))
          const chunks = Array.from({ length: Math.ceil(wire.length / size) }, (_, i) =>
            wire.subarray(i * size, (i + 1) * size),
          )
          expect(read(...chunks).data).toEqual(Buffer.concat(parts))
        },
      ),
    )
  })

  test.each([0, 125, 126, 65_535, 65_536, 200_000])('of %d bytes', length => {
    const payload = Buffer.alloc(length, 'x')
    expect(read(masked(OPCODES.text, payload)).data).toEqual(payload)
  })

  test('pings and closes come between', () => {
    const { data, controls } = read(
      masked(1, Buffer.from('a')),
      masked(9, Buffer.from('p')),
      masked(0, Buffer.from('b')),
      masked(8, Buffer.from('')),
    )
    expect([data.toString(), controls]).toEqual([
      'ab',
      [
        [9, 'p'],
        [8, ''],
      ],
    ])
  })

  test.each([
    ['without a mask', Buffer.from([0x82, 1, 65])],
    ['with reserved bits', masked(2, Buffer.from('x'), 0xc2)],
    ['of an unknown kind', masked(2, Buffer.from('x'), 0x83)],
    ['of control that is too long', masked(9, Buffer.alloc(126))],
    ['of control in pieces', masked(9, Buffer.from('x'), 0x09)],
    ['without end', Buffer.from([0x82, 0xff, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0])],
  ])('%s are refused', (_, bytes) => expect(() => read(bytes)).toThrow('a'))
})
