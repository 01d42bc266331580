import type { Containers } from '../../../engine/containers/containers.ts'
import { empty, type Operation } from '../../http/operation.ts'

export const containerUnpause = (containers: Pick<Containers, 'unpause'>): Operation => ({
  id: 'ContainerUnpause',
  method: 'POST',
  path: '/containers/{id}/unpause',
  handle: async ({ params }) => {
    await containers.unpause(params.id ?? '')
    return empty(204)
  },
})
