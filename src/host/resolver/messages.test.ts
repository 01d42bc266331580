import { expect, test } from 'bun:test'
import { EMBEDDED_RESOLVER } from './contract.ts'
import { encodeMessage } from './messages.ts'

const hex = (parts: TemplateStringsArray): string => (parts[0] ?? '').replace(/\s+/g, '')

test('a message has its length, kind and sequence before its fields; names are told in lower case', () => {
  const endpoint = { id: 'e', networkId: 'n', names: ['Web'], addresses: ['10.0.0.7', 'fd00::1', 'nonsense'] }
  expect(encodeMessage(5, { kind: 'endpoint', endpoint }).toString('hex')).toBe(
    hex`2a000000 03 05000000 0100 65 0100 6e 0200 04 0a000007 10 fd000000000000000000000000000001 0100 0300 776562`,
  )
  expect(encodeMessage(6, { kind: 'quit' }).toString('hex')).toBe(hex`05000000 08 06000000`)
})

test('a sandbox is told with the file of its namespace, its links and its own servers; what is no server is left out', () => {
  const sandbox = {
    id: 's',
    namespacePath: '/run/berth/netns/0123456789ab',
    networks: [{ id: 'n', links: { DB: 'database' } }],
    servers: ['127.0.0.1', 'localhost', 'fe80::1%7'],
    isNdotsSet: false,
    isForwarding: true,
    hasIpv6: false,
  }
  expect(encodeMessage(1, { kind: 'sandbox', sandbox }).subarray(9).toString('hex')).toBe(
    hex`0100 73 0c00 303132333435363738396162 09 0100 0100 6e 0100 0200 6462 0800 6461746162617365
        0200 04 7f000001 00000000 01 10 fe800000000000000000000000000001 07000000 00`,
  )
  expect(EMBEDDED_RESOLVER).toBe('127.0.0.11')
})
