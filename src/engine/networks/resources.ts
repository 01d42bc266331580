import { formatIpv4, formatSubnet, parseCidr } from '../../formats/addresses/ipv4.ts'
import type { NetworkContainer, NetworkResource } from '../../formats/engine-api/network.ts'
import { networkFaults } from './faults.ts'
import type { NetworkRecord } from './network-records.ts'
import type { NetworkingSettings } from './settings.ts'

const DRIVERS: Record<string, string> = { bridge: 'bridge', host: 'host', none: 'null' }

/** A network as the API shows it. `containers`: those in it, by id. */
export function resourceOf(
  record: NetworkRecord,
  containers: Record<string, NetworkContainer>,
  bridge: string,
  settings: NetworkingSettings,
): NetworkResource {
  const isBridge = record.name === 'bridge'
  return {
    Name: record.name,
    Id: record.id,
    Created: record.created,
    Scope: 'local',
    Driver: DRIVERS[record.name] ?? 'bridge',
    EnableIPv4: true,
    EnableIPv6: false,
    IPAM: { Driver: 'default', Options: null, Config: isBridge ? ipamOf(record, settings) : null },
    Internal: false,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Containers: containers,
    Options: isBridge ? bridgeOptions(bridge, settings) : {},
    Labels: {},
  }
}

function ipamOf({ cidr }: NetworkRecord, { fixedCidr }: NetworkingSettings): NetworkResource['IPAM']['Config'] {
  const parsed = cidr === undefined ? undefined : parseCidr(cidr)
  if (!parsed) return []
  const range = fixedCidr === undefined ? {} : { IPRange: fixedCidr }
  return [{ Subnet: formatSubnet(parsed.subnet), ...range, Gateway: formatIpv4(parsed.address) }]
}

const bridgeOptions = (bridge: string, settings: NetworkingSettings): Record<string, string> => ({
  'com.docker.network.bridge.default_bridge': 'true',
  'com.docker.network.bridge.enable_icc': String(settings.icc),
  'com.docker.network.bridge.enable_ip_masquerade': String(settings.ipMasq ?? true),
  'com.docker.network.bridge.host_binding_ipv4': settings.bindAddress,
  'com.docker.network.bridge.name': bridge,
  'com.docker.network.driver.mtu': String(settings.mtu),
})

/** By name first, then by id, then by an unambiguous beginning of an id. */
export function findNetwork(records: NetworkRecord[], idOrName: string): NetworkRecord {
  const exact = records.find(({ name }) => name === idOrName) ?? records.find(({ id }) => id === idOrName)
  if (exact) return exact
  const begun = idOrName === '' ? [] : records.filter(({ id }) => id.startsWith(idOrName))
  if (begun.length > 1) throw networkFaults.AMBIGUOUS(idOrName)
  if (!begun[0]) throw networkFaults.NOT_FOUND(idOrName)
  return begun[0]
}
