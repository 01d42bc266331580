import type { Networks } from '../../../engine/networks/networks.ts'
import { empty, type Operation } from '../../http/operation.ts'

export const networkDelete = (networks: Pick<Networks, 'remove'>): Operation => ({
  id: 'NetworkDelete',
  method: 'DELETE',
  path: '/networks/{id}',
  handle: async ({ params }) => {
    await networks.remove(params['id']!)
    return empty(204)
  },
})
