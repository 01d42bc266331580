import type { Containers } from '../../../engine/containers/containers.ts'
import { empty, type Operation } from '../../http/operation.ts'

export const containerKill = (containers: Pick<Containers, 'kill'>): Operation => ({
  id: 'ContainerKill',
  method: 'POST',
  path: '/containers/{id}/kill',
  handle: async ({ params, query }) => {
    await containers.kill(params.id ?? '', query.text('signal'))
    return empty(204)
  },
})
