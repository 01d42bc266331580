import { VOLUME_PRUNE_FILTERS, wantsAll } from '../../../engine/volumes/prune.ts'
import type { Volumes } from '../../../engine/volumes/volumes.ts'
import { json, type Operation } from '../../http/operation.ts'

/** `dry-run` is ours: the answer is the same, and nothing is removed. */
export const volumePrune = (volumes: Pick<Volumes, 'prune'>): Operation => ({
  id: 'VolumePrune',
  method: 'POST',
  path: '/volumes/prune',
  since: '1.25',
  handle: async ({ query, version }) => {
    const filters = query.filters(VOLUME_PRUNE_FILTERS)
    const all = wantsAll(filters, !version.atLeast('1.42'))
    const { names, bytes } = await volumes.prune({ filters, all, isTrial: query.flag('dry-run') })
    return json(200, { VolumesDeleted: names, SpaceReclaimed: bytes })
  },
})
