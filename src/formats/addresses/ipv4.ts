/** IPv4 addresses as numbers (unsigned, host order) and in dotted form. */
const OCTET = /^(?:0|[1-9]\d{0,2})$/

/** The number of a dotted address, or undefined. Leading zeros are refused, as Go refuses them: other programs read them as octal. */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every(part => OCTET.test(part) && Number(part) <= 255)) return undefined
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0)
}

export const formatIpv4 = (address: number): string =>
  [address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255].join('.')

export function ipv4Bytes(address: number): Uint8Array {
  return Uint8Array.of(address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255)
}

export function ipv4OfBytes(bytes: Uint8Array): number {
  return (((bytes[0] ?? 0) << 24) | ((bytes[1] ?? 0) << 16) | ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0)) >>> 0
}

/** `first` is the network address, `prefix` 0 to 32. */
export type Subnet = { first: number; prefix: number }

const sizeOf = (prefix: number): number => 2 ** (32 - prefix)

/** The network that an address with a prefix lies in. */
export function subnetAround(address: number, prefix: number): Subnet {
  return { first: address - (address % sizeOf(prefix)), prefix }
}

/** `172.17.0.1/16`: the address as written, and its network. */
export function parseCidr(text: string): { address: number; subnet: Subnet } | undefined {
  const [head = '', tail = '', ...rest] = text.split('/')
  const address = parseIpv4(head)
  if (address === undefined || rest.length > 0 || !/^(?:\d|[12]\d|3[0-2])$/.test(tail)) return undefined
  return { address, subnet: subnetAround(address, Number(tail)) }
}

export const formatSubnet = ({ first, prefix }: Subnet): string => `${formatIpv4(first)}/${prefix}`
/** The broadcast address of a subnet. */
export const lastOf = ({ first, prefix }: Subnet): number => first + sizeOf(prefix) - 1
export const contains = (subnet: Subnet, address: number): boolean =>
  address >= subnet.first && address <= lastOf(subnet)
export const overlap = (one: Subnet, other: Subnet): boolean => one.first <= lastOf(other) && other.first <= lastOf(one)

/** All subnets of a prefix inside a larger one, lowest first. */
export function* subnetsOf(pool: Subnet, prefix: number): Generator<Subnet> {
  for (let first = pool.first; first <= lastOf(pool); first += sizeOf(prefix)) yield { first, prefix }
}
