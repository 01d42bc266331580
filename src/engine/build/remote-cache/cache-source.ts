import type { Digest } from '../../../formats/digest/digest.ts'
import type { RemoteStep } from './cache-document.ts'

/** A cache of another place: what it has, and how a layer of it comes here. */
export type CacheSource = {
  steps: readonly RemoteStep[]
  /** Resolves when the layer is in the store. */
  bring(diffId: Digest, signal: AbortSignal): Promise<void>
}
