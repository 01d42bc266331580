import type { Containers } from '../../../engine/containers/containers.ts'
import { json, type Operation } from '../../http/operation.ts'

export const containerChanges = (containers: Pick<Containers, 'changes'>): Operation => ({
  id: 'ContainerChanges',
  method: 'GET',
  path: '/containers/{id}/changes',
  handle: async ({ params }) => {
    const changes = await containers.changes(params.id ?? '')
    return json(200, changes.length === 0 ? null : changes.map(({ path, kind }) => ({ Path: path, Kind: kind })))
  },
})
