import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { newId } from '../../base/ids.ts'
import { formatIpv4, parseIpv4 } from '../../formats/addresses/ipv4.ts'

/** A network namespace for one container. Docker's names: the id is 64 hex characters, the key is a file named by the first 12. */
export type Sandbox = { id: string; name: string; path: string }

export function newSandbox(directory: string): Sandbox {
  const id = newId()
  const name = id.slice(0, 12)
  return { id, name, path: join(directory, name) }
}

/**
 * The host's end of an interface, by its first address: unique for IPv4, since no two networks share an address, and as good
 * as that for IPv6. At most 15 characters (IFNAMSIZ).
 */
export function linkOf(prefix: string, address: string): string {
  const number = parseIpv4(address)
  const rest = number === undefined ? createHash('sha256').update(address).digest('hex').slice(0, 8) : hex8(number)
  return `${prefix}${rest}`
}

/** For links of IPv4 networks; of others it is nobody's address. */
export const addressOfLink = (prefix: string, link: string): string =>
  formatIpv4(Number.parseInt(link.slice(prefix.length), 16))

const hex8 = (number: number): string => number.toString(16).padStart(8, '0')
