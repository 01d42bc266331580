import { Fault } from '../../../base/faults.ts'
import { type Digest, digestAlgorithm } from '../../../formats/digest/digest.ts'
import type { Descriptor } from '../../../formats/oci-image/manifest.ts'
import type { Layers } from '../../../store/layers/layers.ts'
import { downloadBlob } from '../registry/download.ts'
import { registryFaults } from '../registry/faults.ts'
import { HostSlots } from '../registry/host-slots.ts'
import type { RepositoryClient } from '../registry/repository-client.ts'
import type { Space } from '../space.ts'
import { SharedWork } from './shared-work.ts'

/** How it goes with one layer; the words are Docker's. `current` and `total` are bytes. */
export type LayerNote = { status: string; current?: number; total?: number }
export type WantedLayer = { descriptor: Descriptor; diffId: Digest }

/** Layers on their way, of all pulls together: so many at once from each registry, and each of them once. They are unpacked as they arrive. */
export class LayerDownloads {
  readonly #layers: Layers
  readonly #space: Space
  readonly #slots: HostSlots
  readonly #shared = new SharedWork<void, LayerNote>()

  constructor(layers: Layers, space: Space, concurrent: () => number) {
    this.#layers = layers
    this.#space = space
    this.#slots = new HostSlots(concurrent)
  }

  /** Resolves when the layer is whole in the store. */
  async bring(
    client: RepositoryClient,
    wanted: WantedLayer,
    signal: AbortSignal,
    listen: (note: LayerNote) => void,
  ): Promise<void> {
    const key = `${wanted.descriptor.digest} ${wanted.diffId}`
    await this.#shared.join(key, signal, listen, (own, tell) => this.#inTurn(client, wanted, own, tell))
  }

  async #inTurn(client: RepositoryClient, wanted: WantedLayer, signal: AbortSignal, tell: (note: LayerNote) => void) {
    const waiting = () => tell({ status: 'Waiting' })
    await this.#slots.run(client.endpoint.url, waiting, async () => {
      try {
        await this.#bring(client, wanted, signal, tell)
      } finally {
        // Finished in the very moment when the last one who wanted it went away.
        if (signal.aborted) this.#space.release([wanted.diffId])
      }
    })
  }

  /** Bytes that came over more than one connection and do not fit together are fetched once more, in one piece. */
  async #bring(client: RepositoryClient, wanted: WantedLayer, signal: AbortSignal, tell: (note: LayerNote) => void) {
    if (signal.aborted) throw registryFaults.CANCELLED()
    const attempt = { resumed: false }
    try {
      await this.#ingest(client, wanted, signal, tell, attempt)
    } catch (failure) {
      if (!attempt.resumed || !isMismatch(failure) || signal.aborted) throw failure
      await this.#ingest(client, wanted, signal, tell, attempt)
    }
  }

  async #ingest(
    client: RepositoryClient,
    { descriptor, diffId }: WantedLayer,
    signal: AbortSignal,
    tell: (note: LayerNote) => void,
    attempt: { resumed: boolean },
  ): Promise<void> {
    // The unpacking hashes with sha256 on another core; only another algorithm has to be checked here.
    const expect = digestAlgorithm(descriptor.digest) === 'sha256' ? { digest: descriptor.digest, diffId } : { diffId }
    const source = this.#source(client, descriptor, signal, tell, attempt, !expect.digest)
    await this.#layers.ingest(source, expect, { keepBlob: true, signal })
  }

  async *#source(
    client: RepositoryClient,
    descriptor: Descriptor,
    signal: AbortSignal,
    tell: (note: LayerNote) => void,
    attempt: { resumed: boolean },
    verify: boolean,
  ): AsyncGenerator<Uint8Array> {
    const total = descriptor.size
    tell({ status: 'Downloading', current: 0, total })
    yield* downloadBlob(client, descriptor, signal, {
      verify,
      received: current => tell({ status: 'Downloading', current, total }),
      waiting: seconds => {
        attempt.resumed = true
        tell({ status: `Retrying in ${seconds} second${seconds === 1 ? '' : 's'}` })
      },
    })
    tell({ status: 'Verifying Checksum' })
    tell({ status: 'Download complete' })
    tell({ status: 'Extracting', current: total, total })
  }
}

const isMismatch = (failure: unknown): boolean =>
  failure instanceof Fault && ['LAYER_DIGEST', 'LAYER_DIFF_ID', 'REGISTRY_DIGEST'].includes(failure.code)
