import type { Place } from './endpoints/gateways.ts'
import type { NetworkAttachment, NetworkRequest } from './networks.ts'
import type { Sandbox } from './sandbox.ts'

/** A container's place in the networks while it runs. `sandbox` undefined: the namespace is not its own. */
export type Attached = {
  name: string
  attachment: NetworkAttachment
  sandbox: Sandbox | undefined
  places: Place[]
  /** Unknown of a container that an earlier engine has started. */
  request: NetworkRequest | undefined
}

/** By name of network. */
export const interfacesOf = (places: Place[]): NonNullable<NetworkAttachment['interfaces']> =>
  Object.fromEntries(places.map(({ network, plugged }) => [network.record.name, plugged]))

/** Of all its interfaces, IPv4 first in each. */
export const addressesOf = (places: Place[]): string[] =>
  places.flatMap(({ plugged }) => plugged.addresses.map(({ address }) => address))
