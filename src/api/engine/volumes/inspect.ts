import type { Volumes } from '../../../engine/volumes/volumes.ts'
import { json, type Operation } from '../../http/operation.ts'

export const volumeInspect = (volumes: Pick<Volumes, 'inspect'>): Operation => ({
  id: 'VolumeInspect',
  method: 'GET',
  path: '/volumes/{name}',
  handle: async ({ params }) => json(200, await volumes.inspect(params['name']!)),
})
