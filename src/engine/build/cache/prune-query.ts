import { nowNanoseconds, parseMoment, TimestampError } from '../../../base/timestamps.ts'
import { buildFaults } from '../faults.ts'
import type { CacheRecord } from './cache-record.ts'

export const CACHE_PRUNE_FILTERS = [
  'until',
  'unused-for',
  'id',
  'parent',
  'type',
  'description',
  'inuse',
  'shared',
  'private',
  'mutable',
  'immutable',
  'label',
  'label!',
] as const

export type CachePrune = {
  /** Also what an image shares. */
  all: boolean
  filters: ReadonlyMap<string, readonly string[]>
  /** Bytes; 0: no such bound. Nothing goes below the first, the cache is to take no more than the second, the disk is to have the third free. */
  reservedSpace: number
  maxUsedSpace: number
  minFreeSpace: number
  /** Tells what would go, and removes nothing. */
  isTrial?: boolean
}

/** Whether a record may go, by the filters alone. Throws 400 faults. Source: moby, builder-next toBuildkitPruneInfo. */
export function compileCacheFilters(
  filters: CachePrune['filters'],
  now = Date.now(),
): (record: CacheRecord) => boolean {
  const tests = [...filters].map(([key, values]) => {
    if (values.length > 1) throw buildFaults.FILTER_TWICE(key)
    return testOf(key, values[0] ?? '', now)
  })
  return record => tests.every(test => test(record))
}

function testOf(key: string, value: string, now: number): (record: CacheRecord) => boolean {
  switch (key) {
    case 'until':
    case 'unused-for': {
      const before = now - ageOf(value, now)
      return ({ used }) => used <= before
    }
    case 'id':
      return ({ id }) => id.includes(value)
    case 'type':
      return ({ type }) => type === value
    case 'description':
      return ({ description }) => description === value
    case 'inuse':
      return ({ inUse }) => inUse === isYes(value)
    case 'shared':
      return ({ shared }) => shared === isYes(value)
    case 'private':
      return ({ shared }) => shared !== isYes(value)
    case 'mutable':
      return ({ mutable }) => mutable === isYes(value)
    case 'immutable':
      return ({ mutable }) => mutable !== isYes(value)
    // No record has a parent or labels: what asks for one spares all of them.
    default:
      return () => key === 'label!'
  }
}

const isYes = (value: string): boolean => !['0', 'false'].includes(value.toLowerCase())

/** A duration (`24h`), or a moment, as milliseconds before now. */
function ageOf(value: string, now: number): number {
  try {
    return now - Number(parseMoment(value, nowNanoseconds()) / 1_000_000n)
  } catch (cause) {
    if (cause instanceof TimestampError) throw buildFaults.FILTER_UNTIL(cause.message, { cause })
    throw cause
  }
}

/** How many bytes may stay; 0: none. Source: BuildKit, calculateKeepBytes. */
export function bytesToKeep(total: number, free: number, asked: CachePrune): number {
  const { reservedSpace, maxUsedSpace, minFreeSpace } = asked
  const wanted = Math.max(0, minFreeSpace - free)
  const most = wanted === 0 ? maxUsedSpace : Math.min(maxUsedSpace || total, total - wanted)
  return Math.max(most, reservedSpace, 0)
}
