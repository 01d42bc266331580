import type { Digest } from '../../../formats/digest/digest.ts'
import type { LayerNote } from '../pull/layer-downloads.ts'
import { HostSlots } from '../registry/host-slots.ts'
import type { RepositoryClient } from '../registry/repository-client.ts'
import { hasBlob, type Outbound, uploadBlob } from '../registry/upload.ts'

/** One layer on its way out: the blob is made when it turns out to be needed. */
export type OutboundLayer = {
  /** Known before the blob is made, where it came with one. */
  digest?: Digest
  blob: () => Promise<Outbound>
  mountFrom: readonly string[]
}

/** Layers that are sent, of all pushes together. */
export class LayerUploads {
  readonly #slots: HostSlots

  constructor(concurrent: () => number) {
    this.#slots = new HostSlots(concurrent)
  }

  /** Resolves when the registry has the layer in the client's repository. */
  async bring(
    client: RepositoryClient,
    layer: OutboundLayer,
    signal: AbortSignal,
    listen: (note: LayerNote) => void,
  ): Promise<void> {
    const waiting = () => listen({ status: 'Waiting' })
    await this.#slots.run(client.endpoint.url, waiting, () => bringNow(client, layer, signal, listen))
  }
}

async function bringNow(
  client: RepositoryClient,
  { digest, blob, mountFrom }: OutboundLayer,
  signal: AbortSignal,
  listen: (note: LayerNote) => void,
): Promise<void> {
  signal.throwIfAborted()
  if (digest && (await hasBlob(client, digest, signal))) return listen({ status: 'Layer already exists' })
  const outbound = await blob()
  if (!digest && (await hasBlob(client, outbound.digest, signal))) return listen({ status: 'Layer already exists' })
  const total = outbound.size
  const uploaded = await uploadBlob(client, outbound, signal, {
    mountFrom,
    sent: current => listen({ status: 'Pushing', current, total }),
    waiting: seconds => listen({ status: `Retrying in ${seconds} second${seconds === 1 ? '' : 's'}` }),
  })
  listen({ status: 'mountedFrom' in uploaded ? `Mounted from ${uploaded.mountedFrom}` : 'Pushed' })
}
