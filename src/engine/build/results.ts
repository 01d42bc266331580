import { hostPlatform, type Platform, platformDistance } from '../../formats/platform/platform.ts'
import type { BuildResult, PlatformResult } from './contract.ts'
import { buildFaults } from './faults.ts'

/** As long as a result may still be asked for by a build of the same client. */
const KEPT_MS = 10 * 60_000
/** A client may ask for a result before it has asked for the build. */
const WAIT_MS = 60_000

type Entry = { promise: Promise<BuildResult>; resolve: (result: Promise<BuildResult>) => void }

/** What builds come to, for those that build on them (`target:` contexts of a bake file). */
export class BuildResults {
  readonly #byRef = new Map<string, Entry>()

  /** Called when the build begins: whoever asks waits for its end. */
  async track(ref: string, work: Promise<BuildResult>): Promise<BuildResult> {
    const entry = this.#entry(ref)
    entry.resolve(work)
    try {
      return await work
    } finally {
      setTimeout(() => this.#forget(ref, entry), KEPT_MS).unref()
    }
  }

  async get(ref: string, platform: Platform = hostPlatform(), signal: AbortSignal): Promise<PlatformResult> {
    const entry = this.#entry(ref)
    const given = Promise.withResolvers<never>()
    const late = setTimeout(() => given.reject(buildFaults.NO_RESULT(ref)), WAIT_MS)
    const abort = () => given.reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    try {
      const { platforms } = await Promise.race([entry.promise, given.promise])
      const found = platforms.find(result => platformDistance(platform, result.platform) !== undefined) ?? platforms[0]
      if (!found) throw buildFaults.NO_RESULT(ref)
      return found
    } finally {
      clearTimeout(late)
      signal.removeEventListener('abort', abort)
    }
  }

  #entry(ref: string): Entry {
    const known = this.#byRef.get(ref)
    if (known) return known
    const { promise, resolve } = Promise.withResolvers<BuildResult>()
    promise.catch(() => {})
    const entry = { promise, resolve }
    this.#byRef.set(ref, entry)
    return entry
  }

  #forget(ref: string, entry: Entry): void {
    if (this.#byRef.get(ref) === entry) this.#byRef.delete(ref)
  }
}
