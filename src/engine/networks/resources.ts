import type { NetworkContainer, NetworkResource } from '../../formats/engine-api/network.ts'
import type { NetworkRecord, SubnetSpec } from './network-spec.ts'
import type { NetworkingSettings } from './settings.ts'

/** A network as the API shows it. `containers`: those in it, by id. */
export function resourceOf(
  record: NetworkRecord,
  containers: Record<string, NetworkContainer>,
  bridge: string,
  settings: NetworkingSettings,
): NetworkResource {
  const { name, id, created, spec } = record
  return {
    Name: name,
    Id: id,
    Created: created,
    Scope: 'local',
    Driver: spec.driver,
    EnableIPv4: spec.ipv4,
    EnableIPv6: spec.ipv6,
    IPAM: ipamOf(record),
    Internal: spec.internal,
    Attachable: spec.attachable,
    Ingress: false,
    ConfigFrom: { Network: spec.configFrom },
    ConfigOnly: spec.configOnly,
    Containers: containers,
    Options: name === 'bridge' ? bridgeOptions(bridge, settings) : spec.options,
    Labels: spec.labels,
  }
}

/** What was asked for as it was asked, and of the families of which nothing was, what was chosen. */
function ipamOf({ name, spec: { driver, ipam, subnets } }: NetworkRecord): NetworkResource['IPAM'] {
  if (driver === 'host' || (driver === 'null' && name === 'none'))
    return { Driver: 'default', Options: null, Config: null }
  const chosen = subnets.filter(({ isAutomatic }) => isAutomatic).map(shownSubnet)
  const options = name === 'bridge' ? null : ipam.options
  return { Driver: ipam.driver, Options: options, Config: [...ipam.asked, ...chosen] }
}

const shownSubnet = ({ subnet, range, gateway }: SubnetSpec) => ({
  Subnet: subnet,
  ...(range !== undefined && { IPRange: range }),
  ...(gateway !== undefined && { Gateway: gateway }),
})

const bridgeOptions = (bridge: string, settings: NetworkingSettings): Record<string, string> => ({
  'com.docker.network.bridge.default_bridge': 'true',
  'com.docker.network.bridge.enable_icc': String(settings.icc),
  'com.docker.network.bridge.enable_ip_masquerade': String(settings.ipMasq ?? true),
  'com.docker.network.bridge.host_binding_ipv4': settings.bindAddress,
  'com.docker.network.bridge.name': bridge,
  'com.docker.network.driver.mtu': String(settings.mtu),
})
