import { defineFaults } from '../../../base/faults.ts'
import type { Containers } from '../../../engine/containers/containers.ts'
import { empty, type Operation } from '../../http/operation.ts'

const faults = defineFaults('CONTAINER_START', {
  BODY: {
    kind: 'invalid',
    message: () => 'starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24',
  },
})
/** Docker lets `{}`, `null` and a line end pass. */
const EMPTY_BODY_BYTES = 7

export const containerStart = (containers: Pick<Containers, 'start'>): Operation => ({
  id: 'ContainerStart',
  method: 'POST',
  path: '/containers/{id}/start',
  handle: async ({ params, headers }) => {
    if (Number(headers['content-length'] ?? 0) > EMPTY_BODY_BYTES) throw faults.BODY()
    await containers.start(params.id ?? '')
    return empty(204)
  },
})
