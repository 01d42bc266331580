import { statfsSync } from 'node:fs'
import { logger } from '../../../base/log.ts'
import { step } from '../../../base/steps.ts'
import { PruneTurn } from '../../../formats/prune-filters/prune-filters.ts'
import type { Contexts } from '../../../store/context/contexts.ts'
import type { Layers } from '../../../store/layers/layers.ts'
import type { Images } from '../../images/images.ts'
import type { CacheMounts } from '../run/cache-mounts.ts'
import type { CacheRecord } from './cache-record.ts'
import { bytesToKeep, type CachePrune, compileCacheFilters } from './prune-query.ts'
import type { StepCache } from './step-cache.ts'

const log = logger('build')

export type UpkeepNeeds = {
  dataRoot: string
  steps: StepCache
  mounts: CacheMounts
  contexts: Contexts
  layers: Layers
  images: Pick<Images, 'records' | 'holds' | 'releaseLayers'>
  /** Bytes below directories. */
  measure: (directories: readonly string[]) => Promise<number[]>
}

type Entry = CacheRecord & { remove: () => Promise<boolean> | boolean }

/** Tells what the cache of builds takes, and takes it away again. */
export class CacheUpkeep {
  readonly #with: UpkeepNeeds
  readonly #turn = new PruneTurn()

  constructor(needs: UpkeepNeeds) {
    this.#with = needs
  }

  /** The newest first. */
  async list(): Promise<CacheRecord[]> {
    const entries = await this.#entries()
    return entries.map(({ remove: _, ...record }) => record).sort((one, other) => other.used - one.used)
  }

  /** What was used longest ago goes first. */
  async prune(asked: CachePrune, removed: (record: CacheRecord) => void = () => {}): Promise<CacheRecord[]> {
    const matches = compileCacheFilters(asked.filters)
    return await this.#turn.run(async () => {
      const entries = await this.#entries()
      const total = entries.reduce((sum, { size, shared }) => sum + (shared ? 0 : size), 0)
      const isBounded = asked.maxUsedSpace + asked.reservedSpace + asked.minFreeSpace > 0
      const keep = isBounded ? bytesToKeep(total, freeBytes(this.#with.dataRoot), asked) : 0
      const candidates = entries.filter(entry => !entry.inUse && (asked.all || !entry.shared) && matches(entry))
      return await this.#remove(
        candidates,
        { excess: isBounded ? total - keep : Number.POSITIVE_INFINITY },
        asked,
        removed,
      )
    })
  }

  async #remove(
    candidates: Entry[],
    { excess }: { excess: number },
    { isTrial }: CachePrune,
    removed: (record: CacheRecord) => void,
  ): Promise<CacheRecord[]> {
    const gone: CacheRecord[] = []
    let left = excess
    for (const { remove, ...record } of candidates.sort((one, other) => one.used - other.used)) {
      if (left <= 0) break
      step()
      if (!isTrial && !(await remove())) continue
      left -= record.shared ? 0 : record.size
      gone.push(record)
      removed(record)
    }
    log.debug('build cache pruned', { records: gone.length })
    return gone
  }

  async #entries(): Promise<Entry[]> {
    return [...this.#steps(), ...(await this.#mounts()), ...this.#contexts()]
  }

  /** Of several steps that came to the same layer only one has its size. */
  #steps(): Entry[] {
    const { steps, layers, images } = this.#with
    const ofImages = new Set(images.records.all().flatMap(({ diffIds }) => diffIds as string[]))
    const counted = new Set<string>()
    return steps.list().map(found => {
      const size = counted.has(found.diffId) || !layers.has(found.diffId) ? 0 : layers.size(found.diffId)
      counted.add(found.diffId)
      return {
        id: `step${found.id}`,
        type: 'regular' as const,
        description: found.description,
        inUse: images.holds(found.diffId),
        shared: ofImages.has(found.diffId),
        mutable: false,
        size,
        created: found.created,
        used: found.used,
        uses: found.uses,
        remove: () => this.#removeStep(found.id),
      }
    })
  }

  /** A build may have begun to use it since it was listed. */
  #removeStep(id: number): boolean {
    const { steps, images } = this.#with
    const found = steps.get(id)
    if (!found || images.holds(found.diffId)) return false
    steps.remove(id)
    step()
    images.releaseLayers([found.diffId])
    return true
  }

  async #mounts(): Promise<Entry[]> {
    const { mounts, measure } = this.#with
    const all = mounts.list()
    const sizes = all.length > 0 ? await measure(all.map(({ path }) => path)) : []
    return all.map(({ name, id, inUse, created, used, uses }, place) => ({
      id: `mount${name}`,
      type: 'exec.cachemount',
      description: `cached mount ${id}`,
      inUse,
      shared: false,
      mutable: true,
      size: Math.max(0, sizes[place] ?? 0),
      created,
      used,
      uses,
      remove: () => mounts.remove(name),
    }))
  }

  #contexts(): Entry[] {
    const { contexts } = this.#with
    return contexts.list().map(({ id, name, bytes, inUse, created, used, uses }) => ({
      id: `context${id}`,
      type: 'source.local',
      description: `local source for ${name}`,
      inUse,
      shared: false,
      mutable: true,
      size: bytes,
      created,
      used,
      uses,
      remove: () => contexts.remove(id),
    }))
  }
}

function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path)
  return bavail * bsize
}
