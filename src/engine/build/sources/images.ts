import { Fault, hasKind } from '../../../base/faults.ts'
import { digestOf } from '../../../formats/digest/digest.ts'
import { hostPlatform, type Platform } from '../../../formats/platform/platform.ts'
import { canonical, parseImageName, withDefaultTag } from '../../../formats/reference/reference.ts'
import type { Image } from '../../images/image.ts'
import type { Images } from '../../images/images.ts'
import type { BuildClient, BuildRequest, ContextSource } from '../contract.ts'
import type { Material } from '../export/provenance.ts'
import { buildFaults } from '../faults.ts'
import type { Progress, Telling } from '../progress.ts'
import type { BuildResults } from '../results.ts'

/** What a stage can stand on. */
export type BaseImage = Pick<Image, 'id' | 'config' | 'diffIds' | 'created'>

/** Base images, each looked up or pulled once in a build. What was found stays until the build is over. */
export class BaseImages {
  readonly #images: Images
  readonly #results: BuildResults
  readonly #progress: Progress
  readonly #client: BuildClient
  readonly #pull: boolean
  readonly #signal: AbortSignal
  readonly #found = new Map<string, Promise<Image>>()
  readonly #held: Disposable[] = []

  constructor(
    { images, results }: { images: Images; results: BuildResults },
    progress: Progress,
    { client, pull }: Pick<BuildRequest, 'client' | 'pull'>,
    signal: AbortSignal,
  ) {
    this.#images = images
    this.#results = results
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

  /** A named context in the place of an image. Throws where it is nothing that a stage can stand on. */
  async ofContext(source: ContextSource | undefined, platform?: Platform): Promise<BaseImage> {
    if (source?.kind === 'image') return await this.get(source.reference, platform)
    if (source?.kind !== 'result') throw buildFaults.UNSUPPORTED(`a context of kind ${source?.kind} as a base image`)
    const { configBytes, config, diffIds } = await this.#results.get(source.ref, platform, this.#signal)
    this.#held.push(this.#images.hold(diffIds))
    return { id: digestOf(configBytes), config, diffIds, created: config.created ?? '' }
  }

  /** What was found, for those who ask what an image is made of. */
  async materials(): Promise<Material[]> {
    const found = await Promise.all(
      [...this.#found].map(async ([key, finding]) => {
        const [reference, platform] = JSON.parse(key) as [string, Platform]
        const image = await finding.catch(() => undefined)
        return image && { reference, platform, digest: image.manifest?.digest ?? image.id }
      }),
    )
    return found.filter(one => one !== undefined)
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
