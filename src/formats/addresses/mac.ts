import { ipv4Bytes } from './ipv4.ts'

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

/** The MAC that Docker gives the interface of an address: `02:42` and the four bytes of the address. */
export const macOf = (address: number): string => `02:42:${[...ipv4Bytes(address)].map(hex).join(':')}`
