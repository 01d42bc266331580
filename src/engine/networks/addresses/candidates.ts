import { contains, formatIpv4, parseCidr, type Subnet, subnetsOf } from '../../../formats/addresses/ipv4.ts'
import { networkFaults } from '../faults.ts'
import { DEFAULT_POOLS, type NetworkingSettings } from '../settings.ts'

/** Enough to find a free one; a pool may hold millions. */
const CANDIDATES_MAX = 4096

/**
 * Addresses (with prefix) that the default bridge may have, best first: the one that was told, else the one it had, else the
 * first address of each network of the pools.
 */
export function bridgeCandidates({ bip, pools }: NetworkingSettings, before: string | undefined): string[] {
  if (bip !== undefined) return [checkedCidr('bip', bip)]
  const candidates = new Set(before === undefined ? [] : [before])
  for (const pool of pools.length > 0 ? pools : DEFAULT_POOLS) {
    for (const { first, prefix } of subnetsOf(checkedPool(pool), pool.size)) {
      if (candidates.size >= CANDIDATES_MAX) break
      candidates.add(`${formatIpv4(first + 1)}/${prefix}`)
    }
  }
  return [...candidates]
}

function checkedCidr(key: string, text: string): string {
  const cidr = parseCidr(text)
  const isHost = cidr && cidr.subnet.prefix <= 30 && cidr.address !== cidr.subnet.first
  if (!isHost) throw networkFaults.BAD_SETTING(key, text, 'an IPv4 address of a bridge with its prefix length')
  return text
}

function checkedPool({ base, size }: { base: string; size: number }): Subnet {
  const subnet = parseCidr(base)?.subnet
  if (!subnet) throw networkFaults.BAD_SETTING('default-address-pools', base, 'an IPv4 network')
  if (!Number.isInteger(size) || size < subnet.prefix || size > 30) {
    throw networkFaults.BAD_SETTING('default-address-pools', String(size), `a size from ${subnet.prefix} to 30`)
  }
  return subnet
}

/** The part of the bridge's network that containers have addresses from. */
export function containerRange({ fixedCidr }: NetworkingSettings, subnet: Subnet): Subnet {
  if (fixedCidr === undefined) return subnet
  const range = parseCidr(fixedCidr)?.subnet
  if (!range || range.prefix < subnet.prefix || !contains(subnet, range.first)) {
    throw networkFaults.BAD_SETTING('fixed-cidr', fixedCidr, 'a part of the network of the default bridge')
  }
  return range
}
