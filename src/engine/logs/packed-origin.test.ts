import { expect, test } from 'bun:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { originIn, originMember } from './packed-origin.ts'

const origin = { inode: 4_711_123, modified: 1_790_000_000_123_456_789n }

test('a packed file tells to the nanosecond what it was made of', () => {
  expect(originIn(originMember(origin))).toEqual(origin)
})

test('every gzip program passes over it', () => {
  const packed = Buffer.concat([originMember(origin), gzipSync('one\n'), gzipSync('two\n')])
  expect(gunzipSync(packed).toString()).toBe('one\ntwo\n')
  const unpacked = Bun.spawnSync(['gzip', '-dc'], { stdin: packed })
  expect(unpacked.stdout.toString()).toBe('one\ntwo\n')
})

test('what others have packed tells nothing', () => {
  expect(originIn(gzipSync('one\n'))).toBeUndefined()
  expect(originIn(Buffer.alloc(0))).toBeUndefined()
})
