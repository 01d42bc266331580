import { Fault, hasKind } from '../../../base/faults.ts'
import { hostPlatform, type Platform } from '../../../formats/platform/platform.ts'
import { canonical, parseImageName, withDefaultTag } from '../../../formats/reference/reference.ts'
import type { Image } from '../../images/image.ts'
import type { Images } from '../../images/images.ts'
import type { BuildClient } from '../contract.ts'
import type { Progress, Telling } from '../progress.ts'

/** Base images, each looked up or pulled once in a build. What was found stays until the build is over. */
export class BaseImages {
  readonly #images: Images
  readonly #progress: Progress
  readonly #client: BuildClient
  readonly #pull: boolean
  readonly #signal: AbortSignal
  readonly #found = new Map<string, Promise<Image>>()
  readonly #held: Disposable[] = []

  constructor(images: Images, progress: Progress, client: BuildClient, pull: boolean, signal: AbortSignal) {
    this.#images = images
    this.#progress = progress
    this.#client = client
    this.#pull = pull
    this.#signal = signal
  }

  get(reference: string, platform: Platform = hostPlatform()): Promise<Image> {
    const key = JSON.stringify([reference, platform])
    const known = this.#found.get(key)
    if (known) return known
    const finding = this.#find(reference, platform)
    this.#found.set(key, finding)
    return finding
  }

  release(): void {
    for (const lease of this.#held.splice(0)) lease[Symbol.dispose]()
  }

  async #find(name: string, platform: Platform): Promise<Image> {
    const shown = shownName(name)
    const image = await this.#progress.run(
      { name: `[internal] load metadata for ${shown}`, inputs: [] },
      async telling => {
        const here = this.#local(name, platform)
        if (here && !this.#pull) return here
        return await this.#bring(name, platform, telling, here)
      },
    )
    this.#held.push(this.#images.hold(image.diffIds))
    return image
  }

  #local(name: string, platform: Platform): Image | undefined {
    try {
      return this.#images.resolve(name, platform)
    } catch (failure) {
      if (hasKind(failure, 'not-found')) return undefined
      throw failure
    }
  }

  /** With `--pull`, an image that no registry has is still one if it is here by its id. */
  async #bring(name: string, platform: Platform, telling: Telling, here: Image | undefined): Promise<Image> {
    const parsed = parseImageName(name)
    if (parsed.kind === 'id') {
      if (here) return here
      return this.#images.resolve(name, platform)
    }
    const reference = withDefaultTag(parsed.reference)
    const credentials = await this.#client.credentials(reference.domain)
    const report = (line: { id?: string; status?: string; progressDetail?: { current?: number; total?: number } }) => {
      const { current = 0, total = 0 } = line.progressDetail ?? {}
      if (line.id)
        telling.status(line.id, line.status ?? '', current, total, /complete|exists/i.test(line.status ?? ''))
    }
    try {
      await this.#images.pull({ reference, platform, ...(credentials && { credentials }) }, report, this.#signal)
    } catch (failure) {
      throw withName(failure, shownName(name))
    }
    return this.#images.resolve(name, platform)
  }
}

const withName = (failure: unknown, name: string): unknown =>
  failure instanceof Fault && failure.kind !== 'cancelled'
    ? new Fault(
        failure.kind,
        failure.code,
        `${name}: failed to resolve source metadata for ${name}: ${failure.message}`,
        { cause: failure, hint: failure.hint },
      )
    : failure

export function shownName(name: string): string {
  const parsed = parseImageName(name)
  return parsed.kind === 'id' ? name : canonical(withDefaultTag(parsed.reference))
}
