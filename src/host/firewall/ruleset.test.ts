import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { addText, deleteText, type FirewallNetwork, type Forward, tableText } from './ruleset.ts'

const network: FirewallNetwork = {
  bridge: 'berth0',
  subnet: { first: 0xac110000, prefix: 16 },
  icc: true,
  masquerade: true,
  proxyHairpin: 'own',
}
const forward: Forward = { protocol: 'tcp', hostPort: 8080, container: 0xac110002, containerPort: 80 }
const table = (change: object) => tableText({ table: 'berth', networks: [{ ...network, ...change }], forwards: [] })

describe('the text for the firewall', () => {
  test('publishes and withdraws the same elements', () => {
    expect(addText('berth', [forward, { ...forward, host: 0x7f000001, protocol: 'udp' }])).toBe(
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

  test('has no neighbours where they may not talk', () => {
    expect(table({ icc: true })).toContain('iifname "berth0" accept\n    drop')
    expect(table({ icc: false })).not.toContain('iifname "berth0" accept\n    drop')
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

  test('is never made of a number that is none, whatever the type says', () => {
    const hostile = ['80 } ; flush ruleset', '80', Number.NaN, -1, 65536, 1.5, null, [80], { valueOf: () => 80 }]
    for (const value of hostile as number[]) {
      expect(() => addText('berth', [{ ...forward, hostPort: value }])).toThrow('not a port')
      expect(() => addText('berth', [{ ...forward, containerPort: value }])).toThrow('not a port')
      expect(() => table({ subnet: { first: 0, prefix: value } })).toThrow('not a prefix')
    }
    for (const value of ['1.2.3.4 }', Number.NaN, -1, 2 ** 32, 0.5] as number[]) {
      expect(() => addText('berth', [{ ...forward, host: value }])).toThrow('not an address')
      expect(() => addText('berth', [{ ...forward, container: value }])).toThrow('not an address')
    }
    expect(() => addText('berth', [{ ...forward, protocol: 'tcp }; flush ruleset' as 'tcp' }])).toThrow(
      'not a protocol',
    )
  })
})
