import { mkdirSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Background } from '../../base/background.ts'
import { byteText } from '../../base/byte-text.ts'
import { Semaphore } from '../../base/locks.ts'
import { logger } from '../../base/log.ts'
import type { Digest } from '../../formats/digest/digest.ts'
import { spreadChildren } from '../../host/syscalls/directory-flags.ts'
import { removeDirectory } from '../../store/tree/remove-directory.ts'
import { SharedWork } from '../images/pull/shared-work.ts'
import { CacheUpkeep } from './cache/cache-upkeep.ts'
import { collectionPrunes } from './cache/collection.ts'
import { StepCache } from './cache/step-cache.ts'
import type { BuildRequest, BuildResult, ReportProgress } from './contract.ts'
import { BuildHistory } from './history/build-history.ts'
import type { BuildNeeds } from './needs.ts'
import { BuildResults } from './results.ts'
import { CacheMounts } from './run/cache-mounts.ts'
import { stepsOf, unmountIfThere } from './run/step-directories.ts'
import { runBuild } from './run-build.ts'
import type { SharedSteps } from './solve/solve-needs.ts'

const log = logger('build')
/** The cache is measured and collected no oftener than this. */
const COLLECT_AFTER_MS = 10 * 60_000
/** Steps that run at once, of all builds together. */
const LEAST_STEPS = 8

/** Builds images, and keeps what later builds can use of them. */
export class Builder {
  readonly cache: StepCache
  readonly mounts: CacheMounts
  readonly upkeep: CacheUpkeep
  readonly history: BuildHistory
  readonly #results = new BuildResults()
  readonly #needs: BuildNeeds
  readonly #shared: SharedSteps
  readonly #running = new Map<string, { cancel: AbortController; ended: Promise<void> }>()
  readonly #background = new Background('build')
  #collected = Date.now()

  constructor(needs: BuildNeeds) {
    this.#needs = needs
    this.cache = new StepCache(needs.database)
    this.mounts = new CacheMounts(needs.instance.dataRoot)
    this.history = new BuildHistory(needs.database, needs.instance.dataRoot)
    for (const path of [this.mounts.directory, stepsOf(needs.instance)]) {
      mkdirSync(path, { recursive: true, mode: 0o700 })
      spreadChildren(byteText(path))
    }
    const slots = new Semaphore(Math.max(LEAST_STEPS, availableParallelism() * 2))
    this.#shared = { work: new SharedWork(), slots }
    const { images, layers, contexts, measure } = needs
    const { dataRoot } = needs.instance
    this.upkeep = new CacheUpkeep({
      dataRoot,
      steps: this.cache,
      mounts: this.mounts,
      contexts,
      layers,
      images,
      measure,
    })
    images.keepLayers(() => this.cache.list().map(({ diffId }) => diffId))
  }

  /** Puts away what a killed daemon has left of steps; their processes died with it. */
  async recover(): Promise<void> {
    const { instance, layers } = this.#needs
    this.history.recover()
    for (const step of this.cache.list()) if (!layers.has(step.diffId)) this.cache.remove(step.id)
    for (const place of [join(instance.execRoot, 'build'), stepsOf(instance)]) {
      for (const id of names(place)) await this.#sweep(join(place, id))
    }
  }

  async build(request: BuildRequest, report: ReportProgress, signal: AbortSignal): Promise<BuildResult> {
    const cancel = new AbortController()
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    this.#running.set(request.ref, { cancel, ended })
    const held: Disposable[] = []
    const hold = (diffId: Digest) => void held.push(this.#needs.images.hold([diffId]))
    try {
      const store = { needs: this.#needs, cache: this.cache, caches: this.mounts, shared: this.#shared }
      const tools = { ...store, background: this.#background, results: this.#results, hold }
      const all = AbortSignal.any([signal, cancel.signal])
      const work = this.history.record(request, report, telling => runBuild(tools, request, telling, all))
      return await this.#results.track(request.ref, work)
    } finally {
      this.#running.delete(request.ref)
      for (const lease of held) lease[Symbol.dispose]()
      end()
      this.#background.add('the collection of the build cache', this.#collect())
    }
  }

  /** False if there is no such build. */
  cancel(ref: string): boolean {
    const running = this.#running.get(ref)
    running?.cancel.abort()
    return running !== undefined
  }

  async stop(): Promise<void> {
    for (const { cancel } of this.#running.values()) cancel.abort()
    await Promise.allSettled([...this.#running.values()].map(({ ended }) => ended))
    await this.#background.settled()
  }

  /** Leaves room on the disk, behind the builds. */
  async #collect(): Promise<void> {
    if (Date.now() - this.#collected < COLLECT_AFTER_MS) return
    this.#collected = Date.now()
    const { instance, collection } = this.#needs
    for (const prune of collectionPrunes(instance.dataRoot, collection)) await this.upkeep.prune(prune)
  }

  async #sweep(path: string): Promise<void> {
    try {
      for (const name of names(path)) unmountIfThere(join(path, name))
      await removeDirectory(path)
      await rm(path, { recursive: true, force: true })
    } catch (failure) {
      log.warn('what a build left could not be removed', { path, error: failure })
    }
  }
}

function names(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}
