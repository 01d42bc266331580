import { describe, expect, test } from 'bun:test'
import { isIP } from 'node:net'
import fc from 'fast-check'
import { formatIpv6, isLoopback, isUnspecified, parseIp } from './ip.ts'
import { contains, formatIpv4, formatSubnet, lastOf, overlap, parseCidr, parseIpv4, subnetsOf } from './ipv4.ts'
import { macBytes, macOfAddress, parseMac } from './mac.ts'

describe('IPv4', () => {
  test('an address printed and read is the same', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 0xffffffff }), n => parseIpv4(formatIpv4(n)) === n))
  })

  test('refuses what other programs read differently', () => {
    for (const text of [
      '1.2.3',
      '1.2.3.4.5',
      '01.2.3.4',
      '1.2.3.256',
      '1.2.3.4 ',
      '0x1.2.3.4',
      '1.2.3.-4',
      '',
      '1.2.3.',
    ]) {
      expect([text, parseIpv4(text)]).toEqual([text, undefined])
    }
  })

  test('knows what lies in a network, and which networks meet', () => {
    const at = (text: string) => parseCidr(text)!.subnet
    expect(formatSubnet(at('172.17.5.9/16'))).toBe('172.17.0.0/16')
    expect(formatIpv4(lastOf(at('10.0.0.0/8')))).toBe('10.255.255.255')
    expect(contains(at('192.168.1.0/24'), parseIpv4('192.168.1.255')!)).toBe(true)
    expect(overlap(at('172.16.0.0/12'), at('172.31.255.0/24'))).toBe(true)
    expect(overlap(at('172.17.0.0/16'), at('172.18.0.0/16'))).toBe(false)
    expect(overlap(at('0.0.0.0/0'), at('255.255.255.255/32'))).toBe(true)
    expect([...subnetsOf(at('10.0.0.0/22'), 24)].map(formatSubnet).at(-1)).toBe('10.0.3.0/24')
    for (const text of ['1.2.3.4', '1.2.3.4/33', '1.2.3.4/-1', '1.2.3.4/', '1.2.3.4/8/8', '1.2.3.4/08']) {
      expect([text, parseCidr(text)]).toEqual([text, undefined])
    }
  })
})

describe('either family', () => {
  test('reads what the platform reads, zones apart', () => {
    fc.assert(fc.property(fc.ipV6(), text => parseIp(text)?.family === 6 && isIP(parseIp(text)!.text) === 6))
    fc.assert(
      fc.property(fc.string(), text => (parseIp(text) !== undefined) === (isIP(text) !== 0 && !text.includes('%'))),
    )
  })

  test('prints the canonical form, which reads as the same address', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), bytes =>
        Buffer.from(parseIp(formatIpv6(bytes))!.bytes).equals(Buffer.from(bytes)),
      ),
    )
    expect(parseIp('0:0:0:0:0:0:0:1')?.text).toBe('::1')
    expect(parseIp('2001:DB8:0:0:1:0:0:1')?.text).toBe('2001:db8::1:0:0:1')
    expect(parseIp('::ffff:1.2.3.4')?.text).toBe('::ffff:1.2.3.4')
    expect(parseIp('1::')?.text).toBe('1::')
  })

  test('knows loopback and the address for all', () => {
    expect(['127.9.9.9', '::1'].map(text => isLoopback(parseIp(text)!))).toEqual([true, true])
    expect(['128.0.0.1', '::2'].map(text => isLoopback(parseIp(text)!))).toEqual([false, false])
    expect(['0.0.0.0', '::', '::1'].map(text => isUnspecified(parseIp(text)!))).toEqual([true, true, false])
  })
})

describe('MAC', () => {
  test('is that of the address, as Docker makes it', () => expect(macOfAddress('172.17.0.2')).toBe('02:42:ac:11:00:02'))

  test('is read in its usual spellings', () => {
    for (const text of ['02:42:AC:11:00:02', '02-42-ac-11-00-02', '0242.ac11.0002']) {
      expect(parseMac(text)).toBe('02:42:ac:11:00:02')
    }
    for (const text of ['', '02:42', '02:42:ac:11:00:02:03', '02:42:ac:11:00:0g', '02:42:ac:11:00:02\n']) {
      expect([text, parseMac(text)]).toEqual([text, undefined])
    }
    expect([...macBytes('02:42:ac:11:00:02')]).toEqual([2, 0x42, 0xac, 0x11, 0, 2])
  })
})
