import { parseTimestamp } from '../../../base/timestamps.ts'
import type { Networks } from '../../../engine/networks/networks.ts'
import { compilePruneFilters, PRUNE_FILTERS } from '../../../formats/prune-filters/prune-filters.ts'
import { json, type Operation } from '../../http/operation.ts'

/** `dry-run` is ours: the answer is the same, and nothing is removed. */
export const networkPrune = (networks: Pick<Networks, 'prune'>): Operation => ({
  id: 'NetworkPrune',
  method: 'POST',
  path: '/networks/prune',
  since: '1.25',
  handle: async ({ query }) => {
    const isWanted = compilePruneFilters(query.filters(PRUNE_FILTERS))
    const names = await networks.prune(
      ({ Labels, Created }) => isWanted({ labels: Labels, created: parseTimestamp(Created) }),
      query.flag('dry-run'),
    )
    return json(200, { NetworksDeleted: names.length === 0 ? null : names })
  },
})
