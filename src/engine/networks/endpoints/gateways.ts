import type { DefaultRoute } from '../../../host/network-worker/interfaces.ts'
import type { LiveNetwork, Plugged } from '../live-network.ts'
import type { Targets } from '../ports/publications.ts'

/** A container's place in one network. */
export type Place = { network: LiveNetwork; plugged: Plugged; priority: number }

/** Who gives the way out: the highest priority, then those that lead out by both families, then by name, as Docker has it. */
function inOrder(places: Place[]): Place[] {
  const ways = ({ network, plugged }: Place): number =>
    Number(network.wayOut(plugged, 4) !== undefined) + Number(network.wayOut(plugged, 6) !== undefined)
  return places.toSorted(
    (one, other) =>
      other.priority - one.priority ||
      ways(other) - ways(one) ||
      (one.network.record.name < other.network.record.name ? -1 : 1),
  )
}

const leader = (places: Place[], family: 4 | 6): Place | undefined =>
  inOrder(places).find(({ network, plugged }) => network.wayOut(plugged, family) !== undefined)

/** The default routes of the container. */
export function routesOf(places: Place[]): DefaultRoute[] {
  return ([4, 6] as const).flatMap(family => {
    const place = leader(places, family)
    const way = place?.network.wayOut(place.plugged, family)
    return place && way ? [{ family, device: place.plugged.device, ...way }] : []
  })
}

/** Where published ports lead to: the addresses in the network that gives the way out. */
export function publishingOf(places: Place[]): { targets: Targets; bindAddress: string } | undefined {
  const able = places.filter(({ network }) => network.publishing)
  const [four, six] = [leader(able, 4), leader(able, 6)]
  const bindAddress = (four ?? six)?.network.publishing?.bindAddress
  if (bindAddress === undefined) return undefined
  return { targets: { 4: addressOf(four, 4), 6: addressOf(six, 6) }, bindAddress }
}

const addressOf = (place: Place | undefined, family: 4 | 6): string | undefined =>
  place?.plugged.addresses.find(({ address }) => address.includes(':') === (family === 6))?.address
