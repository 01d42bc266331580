import type { Containers } from '../../../engine/containers/containers.ts'
import { empty, type Operation } from '../../http/operation.ts'

export const containerStop = (containers: Pick<Containers, 'stopContainer'>): Operation => ({
  id: 'ContainerStop',
  method: 'POST',
  path: '/containers/{id}/stop',
  handle: async ({ params, query }) => {
    const options = { signal: query.text('signal'), graceSeconds: query.integer('t') }
    await containers.stopContainer(params.id ?? '', options)
    return empty(204)
  },
})
