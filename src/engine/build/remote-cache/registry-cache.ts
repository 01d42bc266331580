import type { Digest } from '../../../formats/digest/digest.ts'
import { parseImageConfig } from '../../../formats/oci-image/config.ts'
import { hostPlatform } from '../../../formats/platform/platform.ts'
import { chooseManifest } from '../../images/pull/choose-manifest.ts'
import { fetchConfig } from '../../images/registry/fetch-blob.ts'
import type { BuildClient, CacheEndpoint } from '../contract.ts'
import type { ImageDocument } from '../export/image-documents.ts'
import type { ExportedLayer } from '../export/layer-blobs.ts'
import { documentBlob } from '../export/packed-image.ts'
import { pushDocuments } from '../export/push-documents.ts'
import type { BuildNeeds } from '../needs.ts'
import { type CacheDocument, inlineSteps, parseCacheDocument } from './cache-document.ts'
import type { CacheSource } from './cache-source.ts'
import { openRepository } from './repository.ts'

/** A cache that was exported there, or an image that carries its own. */
export async function registrySource(
  { registries, images }: Pick<BuildNeeds, 'registries' | 'images'>,
  endpoint: CacheEndpoint,
  asker: Pick<BuildClient, 'credentials'>,
  signal: AbortSignal,
): Promise<CacheSource> {
  const { client, name } = await openRepository(registries(), endpoint, asker, 'pull', signal)
  const { manifest } = await chooseManifest(client, name, hostPlatform(), signal)
  const configBytes = await fetchConfig(client, manifest.config, signal)
  const document = parseCacheDocument(configBytes) ?? inlineDocument(configBytes)
  return {
    steps: document.steps,
    bring: async (diffId, asked) => {
      const descriptor = manifest.layers[document.diffIds.indexOf(diffId)]
      if (!descriptor) throw new Error(`the cache has no layer ${diffId}`)
      await images.bringLayer(client, { descriptor, diffId }, asked)
    },
  }
}

/** Of an image: its layers are those of its config. */
const inlineDocument = (configBytes: Buffer): CacheDocument => ({
  steps: inlineSteps(configBytes),
  diffIds: parseImageConfig(configBytes).rootfs.diff_ids as Digest[],
})

/** Sends a cache: what is there already is not sent again, and the manifest comes last. */
export async function pushCache(
  { registries }: Pick<BuildNeeds, 'registries'>,
  endpoint: CacheEndpoint,
  asker: Pick<BuildClient, 'credentials'>,
  layers: readonly ExportedLayer[],
  config: ImageDocument,
  manifest: ImageDocument,
  signal: AbortSignal,
): Promise<void> {
  const { client, name } = await openRepository(registries(), endpoint, asker, 'pull,push', signal)
  await pushDocuments(client, name, { content: [...layers, documentBlob(config)], below: [], top: manifest }, signal)
}
