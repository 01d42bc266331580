import { Semaphore } from '../../../base/locks.ts'
import type { Digest } from '../../../formats/digest/digest.ts'
import type { LayerNote } from '../pull/layer-downloads.ts'
import type { RepositoryClient } from '../registry/repository-client.ts'
import { hasBlob, type Outbound, uploadBlob } from '../registry/upload.ts'

/** One layer on its way out: the blob is made when it turns out to be needed. */
export type OutboundLayer = {
  /** Known before the blob is made, where it came with one. */
  digest?: Digest
  blob: () => Promise<Outbound>
  mountFrom: readonly string[]
}

/** Layers that are sent, of all pushes together: so many at once to each registry, so that one which hangs holds up nobody else. */
export class LayerUploads {
  readonly #concurrent: number
  readonly #slots = new Map<string, { semaphore: Semaphore; users: number }>()

  constructor(concurrent: number) {
    this.#concurrent = concurrent
  }

  /** Resolves when the registry has the layer in the client's repository. */
  async bring(
    client: RepositoryClient,
    layer: OutboundLayer,
    signal: AbortSignal,
    listen: (note: LayerNote) => void,
  ): Promise<void> {
    const host = client.endpoint.url
    const slot = this.#slots.get(host) ?? { semaphore: new Semaphore(this.#concurrent), users: 0 }
    this.#slots.set(host, slot)
    slot.users++
    if (slot.users > this.#concurrent) listen({ status: 'Waiting' })
    try {
      await slot.semaphore.run(() => bringNow(client, layer, signal, listen))
    } finally {
      slot.users--
      if (slot.users === 0) this.#slots.delete(host)
    }
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
