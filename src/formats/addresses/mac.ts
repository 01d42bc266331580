import { parseIp } from './ip.ts'

const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/
const hex = (byte: number): string => byte.toString(16).padStart(2, '0')

/** `02:42:ac:11:00:02` from any of the usual spellings (`:`, `-`, Cisco's dots), or undefined. */
export function parseMac(text: string): string | undefined {
  const lower = text.toLowerCase().replaceAll('-', ':')
  const dotted = /^([0-9a-f]{2})([0-9a-f]{2})\.([0-9a-f]{2})([0-9a-f]{2})\.([0-9a-f]{2})([0-9a-f]{2})$/.exec(lower)
  const plain = dotted ? dotted.slice(1).join(':') : lower
  return MAC.test(plain) ? plain : undefined
}

export const macBytes = (mac: string): Uint8Array => {
  if (!MAC.test(mac)) throw new TypeError(`not a MAC address: ${mac}`)
  return Uint8Array.from(mac.split(':'), part => Number.parseInt(part, 16))
}

/**
 * The MAC of the interface with an address: Docker's `02:42` and the four bytes of an IPv4 address. Other texts (an IPv6
 * address, a name) give four bytes that follow from them.
 */
export function macOfAddress(text: string): string {
  const ip = parseIp(text.split('/')[0] ?? '')
  const bytes = ip ? ip.bytes : Buffer.from(text)
  const folded = [0, 0, 0, 0]
  for (const [index, byte] of bytes.entries()) folded[index % 4]! ^= byte
  return `02:42:${folded.map(hex).join(':')}`
}
