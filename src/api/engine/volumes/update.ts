import { volumeFaults } from '../../../engine/volumes/faults.ts'
import type { Operation } from '../../http/operation.ts'

/** Only volumes of a cluster can be changed, and this daemon is in none. */
export const volumeUpdate = (): Operation => ({
  id: 'VolumeUpdate',
  method: 'PUT',
  path: '/volumes/{name}',
  since: '1.42',
  handle: () => {
    throw volumeFaults.UPDATE_CLUSTER()
  },
})
