import {
  addressText,
  covers,
  type IpNetwork,
  networksIn,
  networkText,
  parseIpNetwork,
} from '../../../formats/addresses/ip-network.ts'
import { networkFaults } from '../faults.ts'
import { DEFAULT_POOLS, type NetworkingSettings } from '../settings.ts'

/** Enough to find a free one; a pool may hold millions. */
const CANDIDATES_MAX = 4096

/**
 * Addresses (with prefix) that the default bridge may have, best first: the one that was told, else the one it had, else the
 * first address of each network of the pools.
 */
export function bridgeCandidates(settings: NetworkingSettings, before: string | undefined): string[] {
  for (const pool of settings.pools) checkedPool(pool)
  if (settings.bip !== undefined) return [checkedCidr('bip', settings.bip)]
  const candidates = new Set(before === undefined ? [] : [before])
  for (const network of networksOfPools(4, settings)) candidates.add(`${firstAddressOf(network)}/${network.prefix}`)
  return [...candidates]
}

/** Networks that a user-defined one may have, best first. */
export function networksOfPools(family: 4 | 6, settings: NetworkingSettings): IpNetwork[] {
  const found: IpNetwork[] = []
  for (const pool of poolsOf(family, settings)) {
    for (const network of networksIn(checkedPool(pool), pool.size)) {
      if (found.length >= CANDIDATES_MAX) return found
      found.push(network)
    }
  }
  return found
}

function poolsOf(family: 4 | 6, { pools, uniqueLocal }: NetworkingSettings): { base: string; size: number }[] {
  const told = pools.filter(({ base }) => base.includes(':') === (family === 6))
  if (told.length > 0) return told
  return family === 4 ? DEFAULT_POOLS : [{ base: uniqueLocal, size: 64 }]
}

export const firstAddressOf = ({ family, first }: IpNetwork): string => addressText(family, first + 1n)

function checkedCidr(key: string, text: string): string {
  const parsed = parseIpNetwork(text)
  const isHost = parsed && parsed.network.family === 4 && parsed.network.prefix <= 30
  if (!isHost || parsed.address === addressText(4, parsed.network.first))
    throw networkFaults.BAD_SETTING(key, text, 'an IPv4 address of a bridge with its prefix length')
  return text
}

function checkedPool({ base, size }: { base: string; size: number }): IpNetwork {
  const network = parseIpNetwork(base)?.network
  if (!network) throw networkFaults.BAD_SETTING('default-address-pools', base, 'a network')
  const most = network.family === 4 ? 30 : 126
  if (!Number.isInteger(size) || size < network.prefix || size > most) {
    throw networkFaults.BAD_SETTING('default-address-pools', String(size), `a size from ${network.prefix} to ${most}`)
  }
  return network
}

/** `fixed-cidr`: the part of the bridge's network that containers have addresses from. */
export function containerRange({ fixedCidr }: NetworkingSettings, subnet: IpNetwork): string | undefined {
  if (fixedCidr === undefined) return undefined
  const range = parseIpNetwork(fixedCidr)?.network
  if (!range || !covers(subnet, range)) {
    throw networkFaults.BAD_SETTING('fixed-cidr', fixedCidr, 'a part of the network of the default bridge')
  }
  return networkText(range)
}
