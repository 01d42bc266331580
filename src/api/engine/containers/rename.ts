import type { Containers } from '../../../engine/containers/containers.ts'
import { empty, type Operation } from '../../http/operation.ts'

export const containerRename = (containers: Pick<Containers, 'rename'>): Operation => ({
  id: 'ContainerRename',
  method: 'POST',
  path: '/containers/{id}/rename',
  handle: async ({ params, query }) => {
    await containers.rename(params.id ?? '', query.text('name') ?? '')
    return empty(204)
  },
})
