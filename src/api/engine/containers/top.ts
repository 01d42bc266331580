import type { Containers } from '../../../engine/containers/containers.ts'
import { json, type Operation } from '../../http/operation.ts'

export const containerTop = (containers: Pick<Containers, 'top'>): Operation => ({
  id: 'ContainerTop',
  method: 'GET',
  path: '/containers/{id}/top',
  handle: async ({ params, query }) => json(200, await containers.top(params.id ?? '', query.text('ps_args'))),
})
