import { formatIpv6, type IpAddress, parseIp } from './ip.ts'
import { formatIpv4 } from './ipv4.ts'

/** Networks of both families. Addresses are texts in their canonical spelling, or numbers (bigint) where they are counted. */
export type Family = 4 | 6
export type IpNetwork = { family: Family; first: bigint; prefix: number }

const bitsOf = (family: Family): number => (family === 4 ? 32 : 128)
const sizeOf = ({ family, prefix }: Pick<IpNetwork, 'family' | 'prefix'>): bigint =>
  1n << BigInt(bitsOf(family) - prefix)

export const numberOf = ({ bytes }: IpAddress): bigint => bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)

/** The text of a number. */
export function addressText(family: Family, number: bigint): string {
  if (family === 4) return formatIpv4(Number(number))
  return formatIpv6(Uint8Array.from({ length: 16 }, (_, index) => Number((number >> BigInt(8 * (15 - index))) & 255n)))
}

/** `10.1.2.3/24`, `fd00::5/64`: the address as written, and its network. */
export function parseIpNetwork(text: string): { address: string; network: IpNetwork } | undefined {
  const [head = '', tail = '', ...rest] = text.split('/')
  const ip = parseIp(head)
  if (!ip || rest.length > 0 || !/^(?:0|[1-9]\d{0,2})$/.test(tail) || Number(tail) > bitsOf(ip.family)) return undefined
  return { address: ip.text, network: networkAround(ip, Number(tail)) }
}

export function networkAround(ip: IpAddress, prefix: number): IpNetwork {
  const size = sizeOf({ family: ip.family, prefix })
  const number = numberOf(ip)
  return { family: ip.family, first: number - (number % size), prefix }
}

export const networkText = ({ family, first, prefix }: IpNetwork): string => `${addressText(family, first)}/${prefix}`
export const lastNumberOf = (network: IpNetwork): bigint => network.first + sizeOf(network) - 1n

export function holds(network: IpNetwork, address: string): boolean {
  const ip = parseIp(address)
  if (ip?.family !== network.family) return false
  const number = numberOf(ip)
  return number >= network.first && number <= lastNumberOf(network)
}

/** `inner` is a part of `outer`, or the whole of it. */
export const covers = (outer: IpNetwork, inner: IpNetwork): boolean =>
  outer.family === inner.family && inner.prefix >= outer.prefix && overlaps(outer, inner)

export const overlaps = (one: IpNetwork, other: IpNetwork): boolean =>
  one.family === other.family && one.first <= lastNumberOf(other) && other.first <= lastNumberOf(one)

/** All networks of a prefix inside a larger one, lowest first. */
export function* networksIn(pool: IpNetwork, prefix: number): Generator<IpNetwork> {
  const { family } = pool
  for (let first = pool.first; first <= lastNumberOf(pool); first += sizeOf({ family, prefix })) {
    yield { family, first, prefix }
  }
}
