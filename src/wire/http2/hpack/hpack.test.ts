import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Header, HpackDecoder } from './decoder.ts'
import { encodeHeaders } from './encoder.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

test('requests with Huffman codes are read, with what earlier ones left in the table (RFC 7541, C.4)', () => {
  const decoder = new HpackDecoder(10_000)
  expect(decoder.decode(hex('8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff'))).toEqual([
    [':method', 'GET'],
    [':scheme', 'http'],
    [':path', '/'],
    [':authority', 'www.example.com'],
  ])
  expect(decoder.decode(hex('8286 84be 5886 a8eb 1064 9cbf'))).toEqual([
    [':method', 'GET'],
    [':scheme', 'http'],
    [':path', '/'],
    [':authority', 'www.example.com'],
    ['cache-control', 'no-cache'],
  ])
  expect(decoder.decode(hex('8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf')).at(-1)).toEqual([
    'custom-key',
    'custom-value',
  ])
})

test('plain literals are read (RFC 7541, C.2)', () => {
  const decoder = new HpackDecoder(10_000)
  expect(decoder.decode(hex('400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572'))).toEqual([
    ['custom-key', 'custom-header'],
  ])
  expect(decoder.decode(hex('1008 7061 7373 776f 7264 0673 6563 7265 74'))).toEqual([['password', 'secret']])
})

test('what the encoder writes, the decoder reads', () => {
  const name = fc.stringMatching(/^:?[a-z][a-z0-9-]{0,200}$/)
  const value = fc.stringMatching(/^[\x20-\x7e]{0,300}$/)
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 20 }), headers => {
      expect(new HpackDecoder(1 << 20).decode(encodeHeaders(headers as Header[]))).toEqual(headers)
    }),
    { numRuns: 100 },
  )
})

test('an entry named again and again is refused before it fills the memory', () => {
  const large = Buffer.from(`${'a'.repeat(4000)}`)
  const remembered = Buffer.concat([Buffer.from([0x40, 1, 0x78, 0x7f, 0xa1, 0x1e]), large])
  const bomb = Buffer.concat([remembered, Buffer.alloc(10_000, 0xbe)])
  expect(() => new HpackDecoder(64 * 1024).decode(bomb)).toThrow('too large')
})

test.each([
  ['an entry that is not there', 'ff80 01'],
  ['entry zero', '80'],
  ['a string beyond its block', '400a 63'],
  ['an integer without an end', 'ffff ffff ffff ff'],
  ['the end code inside a string', '0001 61 84 ffff ffff'],
  ['a table larger than offered', '3fe1 ff03'],
])('%s is refused', (_, bytes) => {
  expect(() => new HpackDecoder(10_000).decode(hex(bytes))).toThrow()
})
