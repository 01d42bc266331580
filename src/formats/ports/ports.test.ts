import { describe, expect, test } from 'bun:test'
import { formatPort, PortError, parseExposed, parsePort, parsePortRange, parsePublished } from './ports.ts'

describe('parsePort', () => {
  test.each([
    ['80', '80/tcp'],
    ['53/UDP', '53/udp'],
    ['65535/sctp', '65535/sctp'],
  ])('%s', (text, port) => expect(formatPort(parsePort(text)!)).toBe(port))
  test.each(['', '0', '65536', '-1', 'x', '80/foo', '80/tcp/x', '80-90', '1e3', ' 80'])('%j is none', text =>
    expect(parsePort(text)).toBeUndefined(),
  )
})

describe('parsePublished', () => {
  test.each([
    ['80', [{ port: '80/tcp', hostIp: '', hostPort: '' }]],
    ['8080:80', [{ port: '80/tcp', hostIp: '', hostPort: '8080' }]],
    ['127.0.0.1::53/udp', [{ port: '53/udp', hostIp: '127.0.0.1', hostPort: '' }]],
    ['[::1]:80:80', [{ port: '80/tcp', hostIp: '::1', hostPort: '80' }]],
    ['8000-8010:80', [{ port: '80/tcp', hostIp: '', hostPort: '8000-8010' }]],
    [
      '8000-8001:80-81',
      [
        { port: '80/tcp', hostIp: '', hostPort: '8000' },
        { port: '81/tcp', hostIp: '', hostPort: '8001' },
      ],
    ],
  ])('%s', (text, mappings) => expect(parsePublished(text)).toEqual(mappings))

  test.each([
    ['', 'no port specified: <empty>'],
    ['80:', 'no port specified: 80:<empty>'],
    ['x', 'invalid containerPort: x'],
    ['x:80', 'invalid hostPort: x'],
    ['70000:80', 'invalid hostPort: 70000'],
    ['300.0.0.1:80:80', 'invalid IP address: 300.0.0.1'],
    ['80:80/foo', 'invalid proto: foo'],
    ['8000-8002:80-81', 'invalid ranges specified for container and host Ports: 80-81 and 8000-8002'],
    ['90-80:80', 'invalid hostPort: 90-80'],
  ])('%j is refused', (text, message) => {
    expect(() => parsePublished(text)).toThrow(PortError)
    expect(() => parsePublished(text)).toThrow(message)
  })
})

test('ranges and exposed ports', () => {
  expect(parsePortRange('80-82')).toEqual({ first: 80, last: 82 })
  expect(() => parsePortRange('')).toThrow('empty string specified for ports.')
  expect(parseExposed('80-82/udp')).toEqual(['80/udp', '81/udp', '82/udp'])
  expect(() => parseExposed('x')).toThrow(PortError)
})
