import { statfsSync } from 'node:fs'
import type { CachePrune } from './prune-query.ts'

/** Bytes; absent: a share of the disk. */
type Bounds = { reserved?: number; most?: number; free?: number }
/** How the cache is collected after builds. `policies` are gone through in their order; none: one with the bounds. */
export type Collection = Bounds & {
  collects: boolean
  policies: (Bounds & { all: boolean; filters: [name: string, value: string][] })[]
}

/** Shares of the disk that the cache lives in, as BuildKit has them by default. */
const RESERVED = 0.1
const MOST_USED = 0.6
const LEAST_FREE = 0.2

/** What is asked of the cache: to leave room on the disk. */
export function collectionPrunes(dataRoot: string, { collects, policies, ...bounds }: Collection): CachePrune[] {
  if (!collects) return []
  if (policies.length > 0) return policies.map(policy => ({ ...plain(policy), ...filtersOf(policy) }))
  const { blocks, bsize } = statfsSync(dataRoot)
  const share = (part: number) => Math.floor(blocks * bsize * part)
  const reserved = bounds.reserved ?? share(RESERVED)
  // Who names only what is to stay means that nothing else is, as in dockerd before 28.
  const most = bounds.most ?? (bounds.reserved === undefined ? share(MOST_USED) : reserved)
  const usual = { reserved, most, free: bounds.free ?? share(LEAST_FREE) }
  return [{ ...plain(usual), all: true, filters: new Map() }]
}

const plain = ({ reserved = 0, most = 0, free = 0 }: Bounds) => ({
  reservedSpace: reserved,
  maxUsedSpace: most,
  minFreeSpace: free,
})
const filtersOf = ({ all, filters }: Collection['policies'][number]) => ({
  all,
  filters: new Map(filters.map(([name, value]) => [name, [value]])),
})
