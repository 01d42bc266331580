import { holds, type IpNetwork, overlaps, parseIpNetwork } from '../../formats/addresses/ip-network.ts'
import type { IpamConfig } from '../../formats/engine-api/network.ts'
import { CommandFailure } from '../failures.ts'

type Asked = { subnets: string[]; ranges: string[]; gateways: string[]; auxiliary: Record<string, string> }
type Subnet = { network: IpNetwork; config: IpamConfig }

/** Each range, gateway and auxiliary address goes to the subnet that it is of. Source: docker/cli network/create.go, createIPAMConfig. */
export function ipamConfigs({ subnets, ranges, gateways, auxiliary }: Asked): IpamConfig[] {
  const lacksSubnet = subnets.length < ranges.length || subnets.length < gateways.length
  if (lacksSubnet) throw new CommandFailure('every ip-range or gateway must have a corresponding subnet')
  const all = subnets.map(text => ({ network: networkOf(text), config: { Subnet: text } as IpamConfig }))
  refuseOverlaps(all)
  for (const range of ranges)
    setOnce(owner(all, range.split('/')[0] ?? '', `no matching subnet for range ${range}`), 'IPRange', range)
  for (const gateway of gateways)
    setOnce(owner(all, gateway, `no matching subnet for gateway ${gateway}`), 'Gateway', gateway)
  for (const [name, address] of Object.entries(auxiliary)) {
    const { config } = owner(all, address, `no matching subnet for aux-address ${address}`)
    config.AuxiliaryAddresses = { ...config.AuxiliaryAddresses, [name]: address }
  }
  return all.map(({ config }) => config)
}

function networkOf(text: string): IpNetwork {
  const parsed = parseIpNetwork(text)
  if (!parsed) throw new CommandFailure(`invalid CIDR address: ${text}`)
  return parsed.network
}

function refuseOverlaps(all: Subnet[]): void {
  const meets = all.some(({ network }, at) => all.slice(0, at).some(other => overlaps(other.network, network)))
  if (meets) throw new CommandFailure('multiple overlapping subnet configuration is not supported')
}

function owner(all: Subnet[], address: string, complaint: string): Subnet {
  const found = all.find(({ network }) => holds(network, address))
  if (!found) throw new CommandFailure(complaint)
  return found
}

const WORDS = { IPRange: 'ranges', Gateway: 'gateways' } as const

function setOnce({ config }: Subnet, key: keyof typeof WORDS, value: string): void {
  const before = config[key]
  if (before !== undefined) {
    throw new CommandFailure(
      `cannot configure multiple ${WORDS[key]} (${value}, ${before}) on the same subnet (${config.Subnet})`,
    )
  }
  config[key] = value
}
