import type { CacheRecord } from '../../../../engine/build/cache/cache-record.ts'
import type { CachePrune } from '../../../../engine/build/cache/prune-query.ts'
import { CACHE_PRUNE_FILTERS } from '../../../../engine/build/cache/prune-query.ts'
import { type PruneRequest, UsageRecord } from '../../../../wire/buildkit/control.ts'
import type { ValueOfKind } from '../../../../wire/buildkit/operations.ts'
import { timestampOf } from '../../../../wire/buildkit/timestamp.ts'
import { buildkitFaults } from './faults.ts'

const at = (milliseconds: number) => timestampOf(BigInt(Math.trunc(milliseconds)) * 1_000_000n)

export const usageRecord = (record: CacheRecord) =>
  UsageRecord.of({
    id: record.id,
    mutable: record.mutable,
    inUse: record.inUse,
    size: record.size,
    createdAt: at(record.created),
    lastUsedAt: at(record.used),
    usageCount: record.uses,
    description: record.description,
    recordType: record.type,
    shared: record.shared,
  })

/** Filters of BuildKit (`type==regular`, `id~=abc`, `inuse`) in the words of the Engine API. Throws where it has none for one. */
export function cacheFilters(texts: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const filters = new Map<string, string[]>()
  for (const text of texts.flatMap(filter => filter.split(',')).filter(text => text.trim() !== '')) {
    const match = /^([a-z-]+!?)(?:(==|~=|=|!=)(.*))?$/.exec(text.trim())
    const [, name = '', operator = '==', value = 'true'] = match ?? []
    const isKnown = (CACHE_PRUNE_FILTERS as readonly string[]).includes(name)
    if (!isKnown || operator === '!=') throw buildkitFaults.ATTRIBUTE('filter', JSON.stringify(text))
    filters.set(name, [...(filters.get(name) ?? []), value])
  }
  return filters
}

/** `keepDuration` is in nanoseconds. */
export function cachePrune(request: ValueOfKind<typeof PruneRequest>): CachePrune {
  const filters = new Map(cacheFilters(request.filter))
  if (request.keepDuration > 0n) filters.set('unused-for', [`${request.keepDuration / 1_000_000n}ms`])
  const { all, reservedSpace, maxUsedSpace, minFreeSpace } = request
  return { all, filters, reservedSpace, maxUsedSpace, minFreeSpace }
}
