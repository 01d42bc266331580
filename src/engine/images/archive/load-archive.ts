import { shortId } from '../../../base/ids.ts'
import { logger } from '../../../base/log.ts'
import { hostPlatform, type Platform } from '../../../formats/platform/platform.ts'
import { familiar, parseReference, type Reference, withDefaultTag } from '../../../formats/reference/reference.ts'
import { decompressed } from '../../../store/archives/decompress.ts'
import { type LayerMember, type LoadedImage, loadImages } from '../../../store/archives/image/load.ts'
import type { LayerIngested, Layers } from '../../../store/layers/layers.ts'
import { imageFaults } from '../faults.ts'
import type { ImageEvents } from '../image-events.ts'
import type { ImageRecords } from '../image-records.ts'
import type { Leases } from '../leases.ts'
import { layerListener, type Report } from '../pull/pull-progress.ts'
import type { Space } from '../space.ts'
import { chooseImages } from './choose-images.ts'

export type ArchiveNeeds = {
  records: ImageRecords
  layers: Layers
  leases: Leases
  space: Space
  events: ImageEvents
}

export type LoadOptions = {
  /** Only the result is told, not the layers. */
  quiet: boolean
  /** Of an archive for several platforms; by default what suits this machine. */
  platform?: Platform
}

const log = logger('images')

/**
 * Takes every image of an archive, or none: nothing is recorded before all of it has been read and checked, and the layers of
 * an archive that is refused are given back. `source` may be compressed.
 */
export async function loadArchive(
  needs: ArchiveNeeds,
  source: AsyncIterable<Uint8Array>,
  report: Report,
  options: LoadOptions,
  signal: AbortSignal,
): Promise<void> {
  const taking = new Taking(needs, options.quiet ? () => {} : report, signal)
  try {
    const found = await loadImages(decompressed(source), member => taking.take(member))
    signal.throwIfAborted()
    const images = chooseImages(found, options.platform)
    const named = images.map(image => ({ image, references: referencesOf(image) }))
    for (const { image, references } of named) record(needs, image, references, report)
  } finally {
    taking.end()
  }
}

/** The layers of one archive, held until its images are recorded. */
class Taking {
  readonly #needs: ArchiveNeeds
  readonly #report: Report
  readonly #signal: AbortSignal
  readonly #taken: string[] = []
  readonly #holds: Disposable[] = []

  constructor(needs: ArchiveNeeds, report: Report, signal: AbortSignal) {
    this.#needs = needs
    this.#report = report
    this.#signal = signal
  }

  async take(member: LayerMember): Promise<LayerIngested> {
    const layer = this.#known(member.digest) ?? (await this.#ingest(member))
    this.#holds.push(this.#needs.leases.hold([layer.diffId]))
    this.#taken.push(layer.diffId)
    return layer
  }

  end(): void {
    for (const hold of this.#holds) hold[Symbol.dispose]()
    this.#needs.space.release(this.#taken)
  }

  /** An uncompressed layer is named by its own diff id. What is found is our own layer, checked when it came. */
  #known(digest: string | undefined): LayerIngested | undefined {
    return digest === undefined ? undefined : this.#needs.layers.get(digest)
  }

  async #ingest({ body, digest, size }: LayerMember): Promise<LayerIngested> {
    const listen = digest ? layerListener(this.#report, digest) : () => {}
    const source = counted(body, current => listen({ status: 'Loading layer', current, total: size }))
    const options = { keepBlob: true, foreign: true, signal: this.#signal }
    return await this.#needs.layers.ingest(source, digest ? { digest } : {}, options)
  }
}

async function* counted(body: AsyncIterable<Uint8Array>, tell: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of body) {
    yield chunk
    bytes += chunk.length
    tell(bytes)
  }
}

/** A name in an archive is a tag; it never stands for content by digest. */
function referencesOf(image: LoadedImage): Reference[] {
  if (image.config.os !== hostPlatform().os) throw imageFaults.SYSTEM(image.config.os)
  return image.tags.map(text => {
    const reference = withDefaultTag(parseReference(text))
    if (reference.digest) throw imageFaults.ARCHIVE_TAG(text)
    return reference
  })
}

function record(
  { records, layers, events }: ArchiveNeeds,
  image: LoadedImage,
  references: Reference[],
  report: Report,
): void {
  if (!image.layers.every(({ diffId }) => layers.has(diffId))) throw imageFaults.LAYER_LOST(shortId(image.id))
  for (const reference of references) tellOfMove(records, reference, image.id, report)
  const { configBytes, manifest } = image
  const stored = records.put({ configBytes, ...(manifest && { manifest }) }, references)
  events.about(stored, 'load')
  for (const reference of references) report({ stream: `Loaded image: ${familiar(reference)}\n` })
  if (references.length === 0) report({ stream: `Loaded image ID: ${image.id}\n` })
}

/** A tag that now means something else has to be seen to move [CVE-2026-50195]. */
function tellOfMove(records: ImageRecords, reference: Reference, id: string, report: Report): void {
  const before = records.idOf(reference)
  if (before === undefined || before === id) return
  log.warn('a loaded archive takes over a tag', { tag: familiar(reference), from: before, to: id })
  report({
    stream: `The image ${familiar(reference)} already exists, renaming the old one with ID ${before} to empty string\n`,
  })
}
