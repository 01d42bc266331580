import { expect, test } from 'bun:test'
import { parseMountOptions } from './mount-options.ts'

test.each([
  ['', { flags: 0, propagation: 0, data: '' }],
  ['bind,ro', { flags: 4096 | 1, propagation: 0, data: '' }],
  ['ro,rw,nosuid', { flags: 2, propagation: 0, data: '' }],
  ['rbind,rshared', { flags: 4096 | 16384, propagation: (1 << 20) | 16384, data: '' }],
  ['addr=1.2.3.4,nolock,soft,noatime', { flags: 1024, propagation: 0, data: 'addr=1.2.3.4,nolock,soft' }],
  ['constructor,,size=1m', { flags: 0, propagation: 0, data: 'constructor,size=1m' }],
])('%j', (text, meant) => expect(parseMountOptions(text)).toEqual(meant))
