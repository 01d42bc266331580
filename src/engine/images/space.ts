import type { Blobs } from '../../store/blobs/blobs.ts'
import type { Layers } from '../../store/layers/layers.ts'
import type { ImageRecords } from './image-records.ts'
import type { Leases } from './leases.ts'

/** Which layers are needed follows from the images and from what is on its way; it is counted nowhere. */
export class Space {
  readonly #records: ImageRecords
  readonly #layers: Layers
  readonly #blobs: Blobs
  readonly #leases: Leases
  readonly #keepers: (() => Iterable<string>)[] = []

  constructor(records: ImageRecords, layers: Layers, blobs: Blobs, leases: Leases) {
    this.#records = records
    this.#layers = layers
    this.#blobs = blobs
    this.#leases = leases
  }

  /** Others who need layers: what they name stays. Asked at every release. */
  alsoKeep(layers: () => Iterable<string>): void {
    this.#keepers.push(layers)
  }

  /** Gives back those of the layers that nothing needs any more. */
  release(diffIds: readonly string[]): void {
    const needed = this.#needed()
    for (const diffId of new Set(diffIds)) {
      if (!needed.has(diffId) && !this.#leases.holds(diffId)) this.#remove(diffId)
    }
  }

  /** At a start: what interrupted pulls have left, which is every layer without an image and every blob without a layer. */
  sweep(): void {
    this.release(this.#layers.list())
    for (const digest of this.strayBlobs()) this.#blobs.remove(digest)
  }

  /** Layers that nothing needs. */
  unneeded(): string[] {
    const needed = this.#needed()
    return this.#layers.list().filter(diffId => !needed.has(diffId) && !this.#leases.holds(diffId))
  }

  /** Blobs of no layer. */
  strayBlobs(): string[] {
    const kept = new Set(this.#layers.list().flatMap(diffId => this.#layers.content.blobsOf(diffId)))
    return this.#blobs.garbage(kept)
  }

  removeStrayBlob(digest: string): void {
    if (this.strayBlobs().includes(digest)) this.#blobs.remove(digest)
  }

  #remove(diffId: string): void {
    const digests = this.#layers.content.blobsOf(diffId)
    this.#layers.remove(diffId)
    for (const digest of digests) this.#blobs.remove(digest)
  }

  #needed(): Set<string> {
    const images = [...this.#records.all(), ...this.#records.removed()]
    return new Set([...images.flatMap(({ diffIds }) => diffIds), ...this.#keepers.flatMap(keeper => [...keeper()])])
  }
}
