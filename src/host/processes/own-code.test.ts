import { expect, test } from 'bun:test'
import { codeMappings, releaseOwnCode } from './own-code.ts'

const MAPS = `00200000-01a39000 r--p 00000000 fe:00 1 /opt/berth
01a40000-0684a000 r-xp 01840000 fe:00 1 /opt/berth
06867000-07205000 rw-p 06660000 fe:00 1 /opt/berth
7f0000000000-7f0000010000 r-xp 00000000 fe:00 2 /usr/lib/libc.so.6
7f0000020000-7f0000030000 rwxp 00000000 00:00 0 
`

test('only code of the program itself, never what can be written', () => {
  expect(codeMappings(MAPS, '/opt/berth')).toEqual([{ start: 0x01a40000, end: 0x0684a000 }])
  expect(codeMappings(MAPS, '/opt/other')).toEqual([])
})

test('the program goes on', () => {
  releaseOwnCode()
  expect(JSON.parse(JSON.stringify({ a: [1, 2, 3] }))).toEqual({ a: [1, 2, 3] })
  expect(new Bun.CryptoHasher('sha256').update('x').digest('hex')).toHaveLength(64)
})
