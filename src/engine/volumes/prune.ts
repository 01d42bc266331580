import { hasKind } from '../../base/faults.ts'
import { volumeFaults } from './faults.ts'
import { labelsMatch } from './filter.ts'
import type { Volume } from './volume.ts'

export const VOLUME_PRUNE_FILTERS = ['all', 'label', 'label!'] as const
type Filters = ReadonlyMap<string, readonly string[]>
export type PruneQuery = { filters: Filters; all: boolean; isTrial: boolean }
/** What a prune needs of the volumes. */
type Prunable = {
  list(): { volume: Volume; holders: number }[]
  /** Bytes. */
  sizeOf(name: string): Promise<number>
  remove(name: string): Promise<void>
}
export type Pruned = { names: string[]; bytes: number }

/** Removes local volumes that no container holds: anonymous ones, or all. A trial removes nothing and tells what would go. */
export async function pruneVolumes(volumes: Prunable, query: PruneQuery): Promise<Pruned> {
  const pruned: Pruned = { names: [], bytes: 0 }
  for (const { volume, holders } of volumes.list()) {
    if (holders > 0 || !isWanted(volume, query)) continue
    const bytes = await volumes.sizeOf(volume.name).catch(() => 0)
    if (!query.isTrial && !(await removed(volumes, volume.name))) continue
    pruned.names.push(volume.name)
    pruned.bytes += bytes
  }
  return pruned
}

const isWanted = (volume: Volume, { filters, all }: PruneQuery): boolean =>
  volume.driver === 'local' &&
  (all || volume.anonymous) &&
  labelsMatch(volume, filters.get('label') ?? [], filters.get('label!') ?? [])

/** False if a container took it meanwhile, or another removed it. */
async function removed(volumes: Prunable, name: string): Promise<boolean> {
  try {
    await volumes.remove(name)
    return true
  } catch (failure) {
    if (hasKind(failure, 'conflict') || hasKind(failure, 'not-found')) return false
    throw failure
  }
}

/** `all` of the filters; clients before API 1.42 knew no other way than all. Throws 400. */
export function wantsAll(filters: Filters, isOldClient: boolean): boolean {
  const [value = isOldClient ? '1' : '0'] = filters.get('all') ?? []
  if (/^(1|t|true|T|TRUE|True)$/.test(value)) return true
  if (/^(0|f|false|F|FALSE|False)$/.test(value)) return false
  throw volumeFaults.PRUNE_FILTER('all', value)
}
