import { statfsSync } from 'node:fs'
import type { CachePrune } from './prune-query.ts'

/** Shares of the disk that the cache lives in, as BuildKit has them by default. */
const RESERVED = 0.1
const MOST_USED = 0.6
const LEAST_FREE = 0.2

/** What is asked of the cache after every build: to leave room on the disk. `keep`: bytes that stay in any case, from the settings. */
export function collectionBounds(dataRoot: string, keep: number | undefined): CachePrune {
  const { blocks, bsize } = statfsSync(dataRoot)
  const disk = blocks * bsize
  return {
    all: true,
    filters: new Map(),
    reservedSpace: keep ?? Math.floor(disk * RESERVED),
    maxUsedSpace: keep ?? Math.floor(disk * MOST_USED),
    minFreeSpace: Math.floor(disk * LEAST_FREE),
  }
}
