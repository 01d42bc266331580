import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { addText, deleteText, type Forward } from './elements.ts'
import { type FirewallNetwork, type FirewallSubnet, tableText } from './ruleset.ts'

const subnet: FirewallSubnet = { subnet: '172.17.0.0/16', masquerade: true, mode: 'nat', trusted: [] }
const network: FirewallNetwork = {
  bridge: 'berth0',
  icc: true,
  internal: false,
  proxyHairpin: 'own',
  families: [subnet],
}
const forward: Forward = { protocol: 'tcp', hostPort: 8080, container: '172.17.0.2', containerPort: 80 }
const table = (change: object) => tableText({ table: 'berth', networks: [{ ...network, ...change }], forwards: [] })
const withSubnet = (change: object) => table({ families: [{ ...subnet, ...change }] })

describe('the text for the firewall', () => {
  test('publishes and withdraws the same elements', () => {
    expect(addText('berth', [forward, { ...forward, host: '127.0.0.1', protocol: 'udp' }])).toBe(
      [
        'add element inet berth published_at { 127.0.0.1 . udp . 8080 : 172.17.0.2 . 80 }',
        'add element inet berth published_any { tcp . 8080 : 172.17.0.2 . 80 }',
        'add element inet berth own { 172.17.0.2 . tcp . 8080, 172.17.0.2 . udp . 8080 }',
      ].join('\n'),
    )
    expect(deleteText('berth', [forward])).toBe(
      'delete element inet berth published_any { tcp . 8080 }\ndelete element inet berth own { 172.17.0.2 . tcp . 8080 }',
    )
  })

  test('publishes IPv6 in sets of its own', () => {
    const six = { ...forward, container: 'fd00::2' }
    expect(addText('berth', [six, { ...six, host: '::1' }])).toBe(
      [
        'add element inet berth published6_at { ::1 . tcp . 8080 : fd00::2 . 80 }',
        'add element inet berth published6_any { tcp . 8080 : fd00::2 . 80 }',
        'add element inet berth own6 { fd00::2 . tcp . 8080 }',
      ].join('\n'),
    )
  })

  test('has no neighbours where they may not talk', () => {
    expect(table({ icc: true })).toContain('iifname "berth0" accept\n    drop')
    expect(table({ icc: false })).not.toContain('iifname "berth0" accept\n    drop')
  })

  test('has no way out of an internal network', () => {
    expect(table({ internal: true })).toContain('iifname "berth0" oifname != "berth0" drop')
    expect(table({ internal: true })).toContain('iifname "berth0" ip daddr != { 172.17.0.0/16,')
    expect(table({ internal: true })).not.toContain('ip saddr 172.17.0.0/16 masquerade')
  })

  test('shows the world the address that was chosen', () => {
    expect(withSubnet({ source: '192.0.2.7' })).toContain('ip saddr 172.17.0.0/16 snat ip to 192.0.2.7')
    expect(withSubnet({ masquerade: false })).not.toContain('oifname != "berth0"')
  })

  test('is never made of a name that holds more than a name', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), name => {
        const isPlain = /^[A-Za-z0-9][\w-]{0,14}$/.test(name)
        if (isPlain) expect(table({ bridge: name })).toContain(`"${name}"`)
        else expect(() => table({ bridge: name })).toThrow('not the name of a link')
      }),
    )
    for (const name of ['berth; flush ruleset', 'berth\nflush ruleset', 'x', '', 'berth_A{', 'filter']) {
      expect(() => addText(name, [forward])).toThrow('not the name of a table')
    }
  })

  test('is never made of a value that is none, whatever the type says', () => {
    const hostile = ['80 } ; flush ruleset', '80', Number.NaN, -1, 65536, 1.5, null, [80], { valueOf: () => 80 }]
    for (const value of hostile as number[]) {
      expect(() => addText('berth', [{ ...forward, hostPort: value }])).toThrow('not a port')
      expect(() => addText('berth', [{ ...forward, containerPort: value }])).toThrow('not a port')
    }
    for (const value of ['10.0.0.0/8 }; flush ruleset', '10.0.0.0', '0.0.0.0/0', '']) {
      expect(() => withSubnet({ subnet: value })).toThrow('not a network')
    }
    for (const value of ['1.2.3.4 }', '1.2.3', 7, -1, null] as string[]) {
      expect(() => addText('berth', [{ ...forward, host: value ?? 'null' }])).toThrow('not an address')
      expect(() => addText('berth', [{ ...forward, container: value }])).toThrow('not an address')
    }
    expect(() => addText('berth', [{ ...forward, protocol: 'tcp }; flush ruleset' as 'tcp' }])).toThrow(
      'not a protocol',
    )
  })
})
