import { expect, test } from 'bun:test'
import type { CacheRecord } from './cache-record.ts'
import { bytesToKeep, compileCacheFilters } from './prune-query.ts'

const NOW = Date.now()
const record: CacheRecord = {
  id: 'step12',
  type: 'regular',
  description: 'RUN make',
  inUse: false,
  shared: true,
  mutable: false,
  size: 10,
  created: NOW - 7_200_000,
  used: NOW - 3_600_000,
  uses: 1,
}

test.each([
  ['until', '30m', true],
  ['until', '2h', false],
  ['unused-for', '59m', true],
  ['id', 'step1', true],
  ['id', 'mount', false],
  ['type', 'regular', true],
  ['type', 'source.local', false],
  ['description', 'RUN make', true],
  ['inuse', 'true', false],
  ['inuse', 'false', true],
  ['shared', '', true],
  ['private', 'true', false],
  ['mutable', 'true', false],
  ['immutable', '1', true],
  ['parent', 'x', false],
  ['label', 'a=b', false],
  ['label!', 'a=b', true],
])('%s=%s lets it go: %p', (key, value, expected) => {
  expect(compileCacheFilters(new Map([[key, [value]]]), NOW)(record)).toBe(expected)
})

test('a filter said twice, and a moment that is none, are refused', () => {
  expect(() => compileCacheFilters(new Map([['type', ['a', 'b']]]))).toThrow('filter type expects only one value')
  expect(() => compileCacheFilters(new Map([['until', ['x']]]))).toThrow()
})

const asked = { all: true, filters: new Map(), reservedSpace: 0, maxUsedSpace: 0, minFreeSpace: 0 }
test.each([
  ['what is reserved stays', { reservedSpace: 30 }, 30],
  ['a bound of the cache', { maxUsedSpace: 40 }, 40],
  ['room on the disk comes before the bound', { maxUsedSpace: 90, minFreeSpace: 70 }, 80],
  ['what is reserved comes before room on the disk', { reservedSpace: 85, minFreeSpace: 70 }, 85],
  ['enough room', { minFreeSpace: 40, maxUsedSpace: 95 }, 95],
] as const)('%s', (_, bounds, expected) => {
  expect(bytesToKeep(100, 50, { ...asked, ...bounds })).toBe(expected)
})
