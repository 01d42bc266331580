import { describe, expect, test } from 'bun:test'
import type { PortMap } from '../../../formats/engine-api/common.ts'
import type { ContainerRecord } from '../container.ts'
import { changeLabels } from './change-labels.ts'
import { changePorts } from './change-ports.ts'

const record = (PortBindings: PortMap, ports: PortMap = {}) =>
  ({
    config: { ExposedPorts: { '53/udp': {} } },
    hostConfig: { PortBindings },
    attachment: { ports },
  }) as unknown as ContainerRecord

const WEB = {
  '80/tcp': [
    { HostIp: '', HostPort: '8080' },
    { HostIp: '127.0.0.1', HostPort: '8081' },
  ],
}
const bindings = (given: PortMap, add: PortMap, remove: PortMap, ports?: PortMap) =>
  changePorts(record(given, ports), add, remove)?.hostConfig.PortBindings

describe('published ports of an update', () => {
  test('nothing asked for is no change', () => expect(changePorts(record(WEB), {}, {})).toBeUndefined())

  test('adds beside what is there, and exposes it', () => {
    const changed = changePorts(record(WEB), { '90': [{ HostPort: '9090' }], '91/tcp': null }, {})
    expect(changed?.hostConfig.PortBindings).toEqual({ ...WEB, '90/tcp': [{ HostPort: '9090' }], '91/tcp': [{}] })
    expect(Object.keys(changed?.config.ExposedPorts ?? {})).toEqual(['53/udp', '90/tcp', '91/tcp'])
  })

  test('removes all of a port, or one binding of it', () => {
    expect(bindings(WEB, {}, { '80/tcp': null })).toEqual({})
    expect(bindings(WEB, {}, { '80/tcp': [{ HostPort: '' }] })).toEqual({})
    expect(bindings(WEB, {}, { '80/tcp': [{ HostPort: '8081' }] })).toEqual({ '80/tcp': [WEB['80/tcp'][0]!] })
    expect(bindings(WEB, {}, { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8081' }] })).toEqual({
      '80/tcp': [WEB['80/tcp'][0]!],
    })
  })

  test('a port that was left to us is removed by what it has got', () => {
    const given = { '80/tcp': [{ HostPort: '8080' }, { HostPort: '0' }] }
    const ports = {
      '80/tcp': [
        { HostIp: '0.0.0.0', HostPort: '8080' },
        { HostIp: '0.0.0.0', HostPort: '32768' },
      ],
    }
    expect(bindings(given, {}, { '80/tcp': [{ HostPort: '32768' }] }, ports)).toEqual({
      '80/tcp': [{ HostPort: '8080' }],
    })
  })

  test.each([
    [{}, { '81/tcp': null }, 'port 81/tcp is not published'],
    [{}, { '80/tcp': [{ HostPort: '1' }] }, 'port 1:80/tcp is not published'],
    [{ '80/tcp': [{ HostPort: '8080' }] }, {}, 'port 80/tcp is published on 8080 already'],
    [{ 'x/tcp': null }, {}, 'invalid port "x/tcp"'],
    [{}, { '80/tcp': [{ HostPort: 'x' }] }, 'invalid port "x"'],
  ] as [PortMap, PortMap, string][])('%j %j: %s', (add, remove, text) => {
    expect(() => changePorts(record(WEB), add, remove)).toThrow(text)
  })
})

test('labels are set and removed; one needs a name', () => {
  expect(changeLabels({ Labels: { a: '1', b: '2' } }, { c: '3', a: '4' }, ['b'])).toEqual({
    Labels: { a: '4', c: '3' },
  })
  expect(changeLabels({ Labels: { a: '1' } }, {}, [])).toEqual({})
  expect(() => changeLabels({}, { '': 'x' }, [])).toThrow('a label must have a name')
})
