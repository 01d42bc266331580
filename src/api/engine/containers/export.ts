import type { Containers } from '../../../engine/containers/containers.ts'
import type { Operation } from '../../http/operation.ts'

export const containerExport = (containers: Pick<Containers, 'export'>): Operation => ({
  id: 'ContainerExport',
  method: 'GET',
  path: '/containers/{id}/export',
  handle: async ({ params }) => {
    const body = await containers.export(params.id ?? '')
    return { kind: 'stream', status: 200, contentType: 'application/octet-stream', body }
  },
})
