import type { Containers } from '../../../engine/containers/containers.ts'
import { empty, type Operation } from '../../http/operation.ts'

export const containerDelete = (containers: Pick<Containers, 'remove'>): Operation => ({
  id: 'ContainerDelete',
  method: 'DELETE',
  path: '/containers/{id}',
  handle: async ({ params, query }) => {
    const options = { force: query.flag('force'), anonymousVolumes: query.flag('v'), link: query.flag('link') }
    await containers.remove(params.id ?? '', options)
    return empty(204)
  },
})
