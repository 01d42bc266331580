import type { Containers } from '../../../engine/containers/containers.ts'
import { empty, type Operation } from '../../http/operation.ts'

export const containerPause = (containers: Pick<Containers, 'pause'>): Operation => ({
  id: 'ContainerPause',
  method: 'POST',
  path: '/containers/{id}/pause',
  handle: async ({ params }) => {
    await containers.pause(params.id ?? '')
    return empty(204)
  },
})
