import { join } from 'node:path'
import { KeyedLock } from '../../base/locks.ts'
import type { Digest } from '../../formats/digest/digest.ts'
import { type Blobs, verified } from '../blobs/blobs.ts'
import type { Compressed } from '../pack/requests.ts'
import { layerFaults } from './faults.ts'
import type { LayerRow, LayerTable } from './layer-table.ts'
import { pack, tarOf } from './unpacking.ts'
import { removeTrees } from './upkeep.ts'

type Store = {
  table: LayerTable
  blobs: Blobs
  /** Where unfinished blobs lie. */
  temporary: string
  find(diffId: string): LayerRow | undefined
  directory(id: number): string
}

/**
 * What leaves the store of a layer: the blob that it came as, or, for one that was made here, its tar made from its directory when
 * it is asked for. A caller has to see to it that the layer stays meanwhile.
 */
export class LayerContent {
  readonly #store: Store
  readonly #compressing = new KeyedLock()

  constructor(store: Store) {
    this.#store = store
  }

  /** Whether `read` can give the layer. */
  isReadable(diffId: string): boolean {
    const row = this.#store.find(diffId)
    return row !== undefined && (row.digest === row.diffId || this.#store.blobs.has(row.digest))
  }

  /**
   * The bytes that `Layers.get` names by `digest` and `size`: the blob as it came or, for a layer that was made here, its tar, made anew
   * and checked. Throws layerFaults.NO_BLOB.
   */
  async *read(diffId: string): AsyncGenerator<Uint8Array> {
    const row = this.#row(diffId)
    if (this.#store.blobs.has(row.digest)) yield* this.#store.blobs.read(row.digest)
    else if (row.digest === row.diffId) yield* verified(tarOf(this.#store.directory(row.id)), row.digest)
    else throw layerFaults.NO_BLOB(diffId)
  }

  /**
   * The layer as a blob for registries, which is as it came if that was compressed; a plain tar is compressed by gzip, the first time that it is asked
   * for, to the same bytes everywhere. Throws layerFaults.NO_BLOB.
   */
  async compressed(diffId: string, signal?: AbortSignal): Promise<{ digest: Digest; size: number }> {
    const row = this.#row(diffId)
    if (row.digest === row.diffId) return await this.#compressing.run(diffId, () => this.#compress(row, signal))
    if (!this.#store.blobs.has(row.digest)) throw layerFaults.NO_BLOB(diffId)
    return { digest: row.digest, size: row.size }
  }

  /** All blobs that the layer may have. */
  blobsOf(diffId: string): string[] {
    const row = this.#store.find(diffId)
    return row === undefined ? [] : [row.digest, ...(row.packedDigest === null ? [] : [row.packedDigest])]
  }

  async #compress(row: LayerRow, signal?: AbortSignal): Promise<{ digest: Digest; size: number }> {
    const { packedDigest, packedSize } = row
    if (packedDigest && packedSize && this.#store.blobs.has(packedDigest))
      return { digest: packedDigest, size: packedSize }
    const target = join(this.#store.temporary, `layer-${row.id}.blob`)
    const from = this.#store.blobs.has(row.digest)
      ? { tar: this.#store.blobs.path(row.digest) }
      : { upper: this.#store.directory(row.id) }
    try {
      const { done, synced } = await pack<Compressed>({ pack: 'gzip', ...from, target }, signal)
      await synced
      if (done.diffId !== row.diffId) throw layerFaults.CHANGED(row.diffId, done.diffId)
      this.#store.blobs.adopt(target, done.digest)
      Object.assign(row, { packedDigest: done.digest, packedSize: done.size })
      this.#store.table.packed(row)
      return { digest: done.digest, size: done.size }
    } catch (failure) {
      await removeTrees([target])
      throw failure
    }
  }

  #row(diffId: string): LayerRow {
    const row = this.#store.find(diffId)
    if (row === undefined) throw layerFaults.UNKNOWN(diffId)
    return row
  }
}
