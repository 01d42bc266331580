import type { Containers } from '../../../engine/containers/containers.ts'
import { empty, type Operation } from '../../http/operation.ts'

export const containerRestart = (containers: Pick<Containers, 'restart'>): Operation => ({
  id: 'ContainerRestart',
  method: 'POST',
  path: '/containers/{id}/restart',
  handle: async ({ params, query }) => {
    await containers.restart(params.id ?? '', { signal: query.text('signal'), graceSeconds: query.integer('t') })
    return empty(204)
  },
})
