import { parseIp } from '../../../formats/addresses/ip.ts'
import { covers, holds, type IpNetwork, networkText, parseIpNetwork } from '../../../formats/addresses/ip-network.ts'
import type { IpamConfig } from '../../../formats/engine-api/network.ts'
import { networkFaults } from '../faults.ts'
import type { SubnetSpec } from '../network-spec.ts'

/** Reads what a create asks for. Throws one fault with everything that cannot be. */
export function readIpam(configs: IpamConfig[], families: { ipv4: boolean; ipv6: boolean }): SubnetSpec[] {
  const complaints: string[] = []
  const subnets = configs.flatMap(config => readOne(config, complaints) ?? [])
  if (complaints.length > 0) throw networkFaults.BAD_IPAM(complaints)
  return subnets.filter(({ subnet }) => (subnet.includes(':') ? families.ipv6 : families.ipv4))
}

function readOne(config: IpamConfig, complaints: string[]): SubnetSpec | undefined {
  const { Subnet = '', IPRange = '', Gateway = '', AuxiliaryAddresses } = config
  if (Subnet === '') {
    if (IPRange || Gateway || AuxiliaryAddresses) complaints.push(`invalid subnet : invalid CIDR block notation`)
    return undefined
  }
  const network = networkOf('subnet', Subnet, complaints)
  if (!network) return undefined
  const range = IPRange ? rangeOf(IPRange, network, complaints) : undefined
  const gateway = Gateway ? inside('gateway', Gateway, network, complaints) : undefined
  const auxiliary = Object.entries(AuxiliaryAddresses ?? {}).map(([name, address]) => [
    name,
    inside('auxiliary', address, network, complaints) ?? '',
  ])
  return { subnet: networkText(network), range, gateway, auxiliary: Object.fromEntries(auxiliary), isAutomatic: false }
}

function networkOf(what: string, text: string, complaints: string[]): IpNetwork | undefined {
  const parsed = parseIpNetwork(text)
  if (!parsed) complaints.push(`invalid ${what} ${text}: invalid CIDR block notation`)
  else if (parsed.network.prefix === 0) complaints.push(`invalid ${what} ${text}: it is every address`)
  else if (text !== networkText(parsed.network) && !isSame(parsed)) {
    complaints.push(`invalid ${what} ${text}: it should be ${networkText(parsed.network)}`)
  } else return parsed.network
  return undefined
}

/** Another spelling of the same (`FD00:0::/64`). */
const isSame = ({ address, network }: { address: string; network: IpNetwork }): boolean =>
  `${address}/${network.prefix}` === networkText(network)

function rangeOf(text: string, network: IpNetwork, complaints: string[]): string | undefined {
  const range = networkOf('ip-range', text, complaints)
  if (!range) return undefined
  if (covers(network, range)) return networkText(range)
  complaints.push(`invalid ip-range ${text}: parent subnet (${networkText(network)}) doesn't contain ip-range`)
  return undefined
}

function inside(what: string, text: string, network: IpNetwork, complaints: string[]): string | undefined {
  const ip = parseIp(text)
  const label = what === 'gateway' ? 'gateway' : 'auxiliary address'
  if (!ip) complaints.push(`invalid ${label} ${text}: invalid address`)
  else if (!holds(network, text)) {
    complaints.push(`invalid ${label} ${text}: parent subnet (${networkText(network)}) doesn't contain this address`)
  } else return ip.text
  return undefined
}
