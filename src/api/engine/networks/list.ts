import { NETWORK_FILTERS, networkMatches } from '../../../engine/networks/filter.ts'
import type { Networks } from '../../../engine/networks/networks.ts'
import { json, type Operation } from '../../http/operation.ts'
import { shapedNetwork } from './shape.ts'

export const networkList = (networks: Pick<Networks, 'list' | 'inspect'>): Operation => ({
  id: 'NetworkList',
  method: 'GET',
  path: '/networks',
  handle: ({ query, version }) => {
    const filters = query.filters(NETWORK_FILTERS)
    const isUsed = (id: string): boolean => Object.keys(networks.inspect(id).Containers).length > 0
    const found = networks.list().filter(network => networkMatches(filters, network, isUsed(network.Id)))
    // before 1.28 the list told who is in each network
    const shown = version.atLeast('1.28') ? found : found.map(({ Id }) => networks.inspect(Id))
    return json(
      200,
      shown.map(network => shapedNetwork(network, version)),
    )
  },
})
