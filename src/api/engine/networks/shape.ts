import type { NetworkResource } from '../../../formats/engine-api/network.ts'
import type { ApiVersion } from '../../http/operation.ts'

/** As the version of the client knows it. */
export function shapedNetwork(network: NetworkResource, version: ApiVersion): NetworkResource {
  const { EnableIPv4, ...rest } = network
  return version.atLeast('1.48') ? network : rest
}
