import { parseIp } from '../../formats/addresses/ip.ts'

/** The words that a rule may be made of. Each is checked here whatever it was before, and anything else is a bug: TypeError. */
const TABLE = /^berth(?:_[0-9a-z]{1,24})?$/
const LINK = /^[A-Za-z0-9](?:[\w-]{0,14})$/

export function tableName(name: string): string {
  if (typeof name !== 'string' || !TABLE.test(name))
    throw new TypeError(`not the name of a table: ${JSON.stringify(name)}`)
  return name
}

export function linkName(name: string): string {
  if (typeof name !== 'string' || !LINK.test(name))
    throw new TypeError(`not the name of a link: ${JSON.stringify(name)}`)
  return name
}

/** In its canonical spelling. */
export function address(text: string): string {
  const ip = typeof text === 'string' ? parseIp(text) : undefined
  if (!ip) throw new TypeError(`not an address: ${String(text)}`)
  return ip.text
}

export const isV6 = (text: string): boolean => address(text).includes(':')

export function port(number: number): string {
  if (!Number.isInteger(number) || number < 1 || number > 65535) throw new TypeError(`not a port: ${number}`)
  return String(number)
}

export function protocol(name: string): string {
  if (name !== 'tcp' && name !== 'udp') throw new TypeError(`not a protocol: ${JSON.stringify(name)}`)
  return name
}
