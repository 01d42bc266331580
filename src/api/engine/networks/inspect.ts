import { networkFaults } from '../../../engine/networks/faults.ts'
import type { Networks } from '../../../engine/networks/networks.ts'
import { json, type Operation } from '../../http/operation.ts'
import { shapedNetwork } from './shape.ts'

export const networkInspect = (networks: Pick<Networks, 'inspect'>): Operation => ({
  id: 'NetworkInspect',
  method: 'GET',
  path: '/networks/{id}',
  handle: ({ params, query, version }) => {
    const asked = params['id']!
    const scope = query.text('scope')
    // `verbose` adds what only networks of a swarm have
    query.flag('verbose')
    const network = networks.inspect(asked)
    if (scope && scope !== network.Scope) throw networkFaults.NOT_FOUND(asked)
    return json(200, shapedNetwork(network, version))
  },
})
