import type { Volumes } from '../../../engine/volumes/volumes.ts'
import { empty, type Operation } from '../../http/operation.ts'

export const volumeDelete = (volumes: Pick<Volumes, 'remove'>): Operation => ({
  id: 'VolumeDelete',
  method: 'DELETE',
  path: '/volumes/{name}',
  handle: async ({ params, query }) => {
    await volumes.remove(params['name']!, query.flag('force'))
    return empty(204)
  },
})
