import { VOLUME_FILTERS, volumeMatches } from '../../../engine/volumes/filter.ts'
import type { Volumes } from '../../../engine/volumes/volumes.ts'
import { json, type Operation } from '../../http/operation.ts'

export const volumeList = (volumes: Pick<Volumes, 'list'>): Operation => ({
  id: 'VolumeList',
  method: 'GET',
  path: '/volumes',
  handle: async ({ query }) => {
    const filters = query.filters(VOLUME_FILTERS)
    const { volumes: listed, warnings } = await volumes.list()
    const found = listed.filter(candidate => volumeMatches(filters, candidate))
    return json(200, { Volumes: found.map(({ shown }) => shown), Warnings: warnings.length > 0 ? warnings : null })
  },
})
