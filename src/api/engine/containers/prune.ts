import type { Containers } from '../../../engine/containers/containers.ts'
import { PRUNE_FILTERS } from '../../../formats/prune-filters/prune-filters.ts'
import { json, type Operation } from '../../http/operation.ts'

/** `dry-run` is ours: the answer is the same, and nothing is removed. */
export const containerPrune = (containers: Pick<Containers, 'prune'>): Operation => ({
  id: 'ContainerPrune',
  method: 'POST',
  path: '/containers/prune',
  since: '1.25',
  handle: async ({ query }) => {
    const filters = query.filters(PRUNE_FILTERS)
    const { ids, bytes } = await containers.prune({ filters, isTrial: query.flag('dry-run') })
    return json(200, { ContainersDeleted: ids.length === 0 ? null : ids, SpaceReclaimed: bytes })
  },
})
