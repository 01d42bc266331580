import type { EndpointSettings } from '../../../formats/engine-api/container.ts'
import type { PublishedName, Resolver, ResolverEndpoint, ResolverSandbox } from '../../../host/resolver/contract.ts'
import type { Attached } from '../attached.ts'
import type { Place } from '../endpoints/gateways.ts'
import { isPredefined } from '../network-spec.ts'
import type { NetworkingSettings } from '../settings.ts'
import { resolution } from './files-for-mode.ts'

/** What the embedded resolver is told of containers: names live in user-defined networks only. */

const userDefined = (places: Place[]): Place[] => places.filter(({ network }) => !isPredefined(network.record.name))

/** Whether the container asks the embedded resolver at all. */
export const hasNames = (places: Place[]): boolean => userDefined(places).length > 0

function namesIn({ network, plugged }: Place, endpoint: EndpointSettings): ResolverEndpoint {
  return {
    id: endpoint.EndpointID ?? '',
    networkId: network.record.id,
    names: endpoint.DNSNames ?? [],
    addresses: plugged.addresses.map(({ address }) => address),
  }
}

/** Of one container, in each of its networks. */
export function namesOf({ places, attachment }: Pick<Attached, 'places' | 'attachment'>): PublishedName[] {
  return userDefined(places).flatMap(place => {
    const { name, id } = place.network.record
    const endpoint = attachment.endpoints[name]
    return endpoint ? [{ network: { id, name }, endpoint: namesIn(place, endpoint) }] : []
  })
}

export function publishNames(resolver: Resolver, attached: Pick<Attached, 'places' | 'attachment'>): void {
  for (const { network, endpoint } of namesOf(attached)) resolver.publish(network, endpoint)
}

/** undefined: nothing in it is to be answered. */
export function servedSandbox(
  { places, attachment, sandbox, request }: Attached,
  settings: NetworkingSettings,
): ResolverSandbox | undefined {
  const own = userDefined(places)
  if (!sandbox || own.length === 0) return undefined
  const { servers, isNdotsSet } = request ? resolution(request, settings) : { servers: settings.dns, isNdotsSet: false }
  return {
    id: sandbox.id,
    namespacePath: sandbox.path,
    networks: own.map(({ network: { record } }) => ({
      id: record.id,
      links: linksOf(attachment.endpoints[record.name]?.Links ?? []),
    })),
    servers,
    isNdotsSet,
    isForwarding: places.some(({ network }) => !network.record.spec.internal),
    hasIpv6: places.some(({ plugged }) => plugged.addresses.some(({ address }) => address.includes(':'))),
  }
}

/** `db:database`: the name in the network and the one that this container uses for it. */
function linksOf(links: string[]): Record<string, string> {
  return Object.fromEntries(
    links.map(link => {
      const [target = '', alias = target] = link.split(':')
      return [alias, target]
    }),
  )
}
