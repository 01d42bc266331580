import type { CacheUpkeep } from '../../../engine/build/cache/cache-upkeep.ts'
import { CACHE_PRUNE_FILTERS } from '../../../engine/build/cache/prune-query.ts'
import { json, type Operation } from '../../http/operation.ts'

/** `dry-run` is ours: the answer is the same, and nothing is removed. */
export const buildPrune = (upkeep: Pick<CacheUpkeep, 'prune'>): Operation => ({
  id: 'BuildPrune',
  method: 'POST',
  path: '/build/prune',
  since: '1.31',
  handle: async ({ query }) => {
    const removed = await upkeep.prune({
      all: query.flag('all'),
      filters: query.filters(CACHE_PRUNE_FILTERS),
      // Until API 1.47 there was this one bound.
      reservedSpace: query.integer('reserved-space') ?? query.integer('keep-storage') ?? 0,
      maxUsedSpace: query.integer('max-used-space') ?? 0,
      minFreeSpace: query.integer('min-free-space') ?? 0,
      isTrial: query.flag('dry-run'),
    })
    const bytes = removed.reduce((sum, { size, shared }) => sum + (shared ? 0 : size), 0)
    return json(200, { CachesDeleted: removed.map(({ id }) => id), SpaceReclaimed: bytes })
  },
})
