import type { Digest } from '../../../formats/digest/digest.ts'
import { parseImageConfig } from '../../../formats/oci-image/config.ts'
import { MEDIA_TYPES } from '../../../formats/oci-image/media-types.ts'
import { hostPlatform } from '../../../formats/platform/platform.ts'
import { chooseManifest } from '../../images/pull/choose-manifest.ts'
import { fetchConfig } from '../../images/registry/fetch-blob.ts'
import { hasBlob, putManifest, uploadBlob } from '../../images/registry/upload.ts'
import type { BuildClient, CacheEndpoint } from '../contract.ts'
import type { ImageDocument } from '../export/image-documents.ts'
import type { ExportedLayer } from '../export/layer-blobs.ts'
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
  const blobs = [...layers, { ...config, read: () => once(config.bytes) }]
  for (const { digest, size, read } of blobs) {
    if (await hasBlob(client, digest, signal)) continue
    await uploadBlob(client, { digest, size, read: start => from(read(), start) }, signal)
  }
  await putManifest(client, name, { ...manifest, mediaType: MEDIA_TYPES.ociManifest }, signal)
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes
}

async function* from(chunks: AsyncIterable<Uint8Array>, start: number): AsyncGenerator<Uint8Array, void> {
  let skip = start
  for await (const chunk of chunks) {
    if (skip < chunk.length) yield chunk.subarray(skip)
    skip = Math.max(0, skip - chunk.length)
  }
}
