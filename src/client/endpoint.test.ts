import { describe, expect, test } from 'bun:test'
import { parseHost } from './endpoint.ts'

const unix = (path: string) => ({ unix: path })
const tcp = (hostname: string, port: number) => ({ hostname, port })

describe('hosts', () => {
  const good: [string, object, string][] = [
    ['', unix('/run/berth/berth.sock'), ''],
    ['unix:///x/y.sock', unix('/x/y.sock'), ''],
    ['unix://', unix('/run/berth/berth.sock'), ''],
    ['tcp://host', tcp('host', 2375), ''],
    ['tcp://host:99', tcp('host', 99), ''],
    ['tcp://:99', tcp('127.0.0.1', 99), ''],
    ['tcp://[::1]:99/path/', tcp('::1', 99), '/path'],
    ['host:99', tcp('host', 99), ''],
    ['http://host:1', tcp('host', 1), ''],
  ]
  for (const [text, address, basePath] of good) {
    test(JSON.stringify(text), () => expect(parseHost(text)).toMatchObject({ address, basePath }))
  }

  test('TLS changes the usual port', () => {
    expect(parseHost('tcp://host', { verify: true })).toMatchObject({
      address: tcp('host', 2376),
      tls: { verify: true },
    })
    expect(parseHost('https://host')).toMatchObject({ address: tcp('host', 2376), tls: { verify: true } })
  })

  for (const text of ['foo://x', 'tcp://host:0', 'tcp://host:99999', 'tcp://a b:x', 'tcp://[::1:5']) {
    test(`${text} is refused`, () => expect(() => parseHost(text)).toThrow(`invalid bind address format: ${text}`))
  }

  test('kinds that cannot be reached are named', () => {
    expect(() => parseHost('ssh://me@host')).toThrow('hosts of kind ssh:// are not supported: ssh://me@host')
  })
})
