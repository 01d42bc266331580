import { describe } from '../../../base/faults.ts'
import { logger } from '../../../base/log.ts'
import type { BuildRequest, CacheEndpoint } from '../contract.ts'
import type { BuildNeeds } from '../needs.ts'
import type { Progress } from '../progress.ts'
import type { RemoteStep } from './cache-document.ts'
import type { CacheSource } from './cache-source.ts'
import { localSource } from './local-cache.ts'
import { registrySource } from './registry-cache.ts'

const log = logger('build')

/**
 * What the caches that a build was given have. They are looked at when the first step is not here already; one that is not
 * there, or lies, costs the build nothing but the work.
 */
export class ImportedSteps {
  readonly #needs: BuildNeeds
  readonly #request: BuildRequest
  readonly #progress: Progress
  readonly #signal: AbortSignal
  readonly #held: Disposable[] = []
  #sources: Promise<CacheSource[]> | undefined

  constructor(needs: BuildNeeds, request: BuildRequest, progress: Progress, signal: AbortSignal) {
    this.#needs = needs
    this.#request = request
    this.#progress = progress
    this.#signal = signal
  }

  /** The step of this key with its layer in the store, or undefined. */
  async find(key: string): Promise<RemoteStep | undefined> {
    if (this.#request.cacheFrom.length === 0) return undefined
    this.#sources ??= this.#open()
    for (const source of await this.#sources) {
      const step = source.steps.find(one => one.key === key)
      if (step && (await this.#bring(source, step))) return step
    }
    return undefined
  }

  release(): void {
    for (const copy of this.#held.splice(0)) copy[Symbol.dispose]()
  }

  async #open(): Promise<CacheSource[]> {
    const opened = await Promise.all(this.#request.cacheFrom.map(endpoint => this.#openOne(endpoint)))
    return opened.filter(source => source !== undefined)
  }

  async #openOne(endpoint: CacheEndpoint): Promise<CacheSource | undefined> {
    const name = `importing cache manifest from ${endpoint.attributes.ref ?? endpoint.type}`
    try {
      return await this.#progress.run({ name, inputs: [] }, () => this.#sourceOf(endpoint))
    } catch (failure) {
      if (this.#signal.aborted) throw failure
      log.debug('a cache could not be opened', { error: failure })
      return undefined
    }
  }

  async #sourceOf(endpoint: CacheEndpoint): Promise<CacheSource> {
    const { client } = this.#request
    if (endpoint.type === 'registry') return await registrySource(this.#needs, endpoint, client, this.#signal)
    if (endpoint.type !== 'local') throw new Error(`a cache of type ${endpoint.type} is not one of Berth's`)
    const hold = (copy: Disposable) => void this.#held.push(copy)
    return await localSource(this.#needs, endpoint, client, hold, this.#signal)
  }

  async #bring(source: CacheSource, { diffId }: RemoteStep): Promise<boolean> {
    if (this.#needs.layers.has(diffId)) return true
    try {
      await source.bring(diffId, this.#signal)
      return this.#needs.layers.has(diffId)
    } catch (failure) {
      if (this.#signal.aborted) throw failure
      log.warn('a layer of a cache could not be brought', { diffId, error: describe(failure) })
      return false
    }
  }
}
