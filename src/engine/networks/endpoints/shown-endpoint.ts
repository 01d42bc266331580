import { newId, shortId } from '../../../base/ids.ts'
import type { EndpointSettings } from '../../../formats/engine-api/container.ts'
import type { NetworkContainer } from '../../../formats/engine-api/network.ts'
import type { LiveNetwork, Plugged } from '../live-network.ts'
import { isPredefined } from '../network-spec.ts'
import type { NetworkAttachment, NetworkRequest } from '../networks.ts'

/** Of a network without addresses of its own. */
export const emptyEndpoint = (asked: EndpointSettings | null | undefined): EndpointSettings => ({
  IPAMConfig: asked?.IPAMConfig ?? null,
  Links: asked?.Links ?? null,
  Aliases: asked?.Aliases ?? null,
  MacAddress: '',
  DriverOpts: asked?.DriverOpts ?? null,
  GwPriority: asked?.GwPriority ?? 0,
  NetworkID: '',
  EndpointID: '',
  Gateway: '',
  IPAddress: '',
  IPPrefixLen: 0,
  IPv6Gateway: '',
  GlobalIPv6Address: '',
  GlobalIPv6PrefixLen: 0,
  DNSNames: null,
})

/** As inspect shows it. */
export function shownEndpoint(
  request: NetworkRequest,
  asked: EndpointSettings | null | undefined,
  network: LiveNetwork,
  plugged: Plugged,
): EndpointSettings {
  const [v4, v6] = [false, true].map(six => plugged.addresses.find(({ address }) => address.includes(':') === six))
  return {
    ...emptyEndpoint(asked),
    MacAddress: plugged.mac,
    NetworkID: network.record.id,
    EndpointID: newId(),
    Gateway: (v4 && network.wayOut(plugged, 4)?.gateway) ?? '',
    IPAddress: v4?.address ?? '',
    IPPrefixLen: v4?.prefix ?? 0,
    IPv6Gateway: (v6 && network.wayOut(plugged, 6)?.gateway) ?? '',
    GlobalIPv6Address: v6?.address ?? '',
    GlobalIPv6PrefixLen: v6?.prefix ?? 0,
    DNSNames: isPredefined(network.record.name) ? null : namesOf(request, asked),
  }
}

/** Docker's order: name, aliases, short id, host name. */
export const namesOf = (
  { name, containerId, hostname }: NetworkRequest,
  asked: EndpointSettings | null | undefined,
) => [...new Set([name, ...(asked?.Aliases ?? []), shortId(containerId), ...(hostname ? [hostname] : [])])]

export const describeEndpoint = (name: string, endpoint: EndpointSettings): NetworkContainer => ({
  Name: name,
  EndpointID: endpoint.EndpointID ?? '',
  MacAddress: endpoint.MacAddress ?? '',
  IPv4Address: endpoint.IPAddress ? `${endpoint.IPAddress}/${endpoint.IPPrefixLen ?? 0}` : '',
  IPv6Address: endpoint.GlobalIPv6Address ? `${endpoint.GlobalIPv6Address}/${endpoint.GlobalIPv6PrefixLen ?? 0}` : '',
})

/** The name of the container is the first of its names. */
export const renamedEndpoints = (
  endpoints: NetworkAttachment['endpoints'],
  before: string,
  name: string,
): NetworkAttachment['endpoints'] =>
  Object.fromEntries(
    Object.entries(endpoints).map(([network, endpoint]) => {
      const [first, ...others] = endpoint.DNSNames ?? []
      const DNSNames = first === before ? [name, ...others] : (endpoint.DNSNames ?? null)
      return [network, { ...endpoint, DNSNames }]
    }),
  )
