import { expect, test } from 'bun:test'
import { Demultiplexer, MultiplexError } from './demultiplexer.ts'
import { frame, STDERR, STDOUT, type StreamKind } from './multiplexed-stream.ts'

const collect = () => {
  const got: [StreamKind, string][] = []
  const demultiplexer = new Demultiplexer((kind, piece) => {
    const last = got.at(-1)
    if (last?.[0] === kind) last[1] += Buffer.from(piece).toString()
    else got.push([kind, Buffer.from(piece).toString()])
  })
  return { got, demultiplexer }
}

test('a frame is kind, three zeros, big-endian length, payload', () => {
  expect([...frame(STDERR, 'ab')]).toEqual([2, 0, 0, 0, 0, 0, 0, 2, 97, 98])
})

test('streams come apart whatever the size of the pieces', () => {
  const bytes = Buffer.concat([
    frame(STDOUT, 'hello '),
    frame(STDOUT, ''),
    frame(STDERR, 'oops'),
    frame(STDOUT, 'world'),
  ])
  for (const size of [1, 3, 7, 8, 9, 1000]) {
    const { got, demultiplexer } = collect()
    for (let at = 0; at < bytes.length; at += size) demultiplexer.push(bytes.subarray(at, at + size))
    expect(got).toEqual([
      [STDOUT, 'hello '],
      [STDERR, 'oops'],
      [STDOUT, 'world'],
    ])
    expect(demultiplexer.isComplete).toBe(true)
  }
})

test('a stream that was cut off is known as such', () => {
  const { demultiplexer } = collect()
  demultiplexer.push(frame(STDOUT, 'abc').subarray(0, 9))
  expect(demultiplexer.isComplete).toBe(false)
})

test('bytes that are no multiplexed stream are refused', () => {
  const { demultiplexer } = collect()
  expect(() => demultiplexer.push(Buffer.from('hello world'))).toThrow(MultiplexError)
})
