import type { Digest } from '../../../formats/digest/digest.ts'
import { digestOf } from '../../../formats/digest/digest.ts'
import { MEDIA_TYPES } from '../../../formats/oci-image/media-types.ts'
import type { BuildRequest, CacheEndpoint, PlatformResult } from '../contract.ts'
import type { ImageDocument } from '../export/image-documents.ts'
import { type ExportedLayer, exportedLayers } from '../export/layer-blobs.ts'
import { layoutTar } from '../export/layout.ts'
import { imageOptions, readFlag } from '../export/options.ts'
import { buildFaults } from '../faults.ts'
import type { BuildNeeds } from '../needs.ts'
import type { Progress } from '../progress.ts'
import { CACHE_CONFIG_TYPE, CACHE_TYPE, cacheDocument, INLINE_KEY, type RemoteStep } from './cache-document.ts'
import { pushCache } from './registry-cache.ts'

const TYPES = new Set(['inline', 'registry', 'local'])

/** Before anything is built: what could not be kept in the end is said at once. */
export function checkCacheExports({ cacheTo }: Pick<BuildRequest, 'cacheTo'>): void {
  for (const { type, attributes } of cacheTo) {
    if (!TYPES.has(type)) throw buildFaults.UNSUPPORTED(`a cache output of type ${type}`)
    if (type === 'registry' && !attributes.ref) throw buildFaults.ARGUMENT('cache-to', 'type=registry needs a ref')
    if (attributes.mode && !['min', 'max'].includes(attributes.mode))
      throw buildFaults.ARGUMENT('cache-to', `unknown mode ${attributes.mode}`)
  }
}

/** The image carries the steps that its own layers came of. */
export function withInlineCache(result: PlatformResult, steps: readonly RemoteStep[]): PlatformResult {
  const own = steps.filter(({ diffId }) => result.diffIds.includes(diffId))
  const config = { ...result.config, [INLINE_KEY]: own }
  return { ...result, config, configBytes: Buffer.from(JSON.stringify(config)) }
}

/** Everything but `inline`, one after the other. */
export async function exportCaches(
  needs: BuildNeeds,
  request: Pick<BuildRequest, 'cacheTo' | 'client'>,
  results: readonly PlatformResult[],
  steps: readonly RemoteStep[],
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  for (const [place, endpoint] of request.cacheTo.entries()) {
    if (endpoint.type === 'inline') continue
    const name = `exporting cache to ${endpoint.type === 'registry' ? 'registry' : 'client directory'}`
    const work = () => exportOne(needs, request, endpoint, place, results, steps, signal)
    const exported = progress.run({ name, inputs: [] }, work)
    await (readFlag(endpoint.attributes, 'ignore-error') ? exported.catch(() => {}) : exported)
  }
}

async function exportOne(
  needs: BuildNeeds,
  { client }: Pick<BuildRequest, 'client'>,
  endpoint: CacheEndpoint,
  place: number,
  results: readonly PlatformResult[],
  all: readonly RemoteStep[],
  signal: AbortSignal,
): Promise<void> {
  const inResult = new Set(results.flatMap(({ diffIds }) => diffIds as string[]))
  const steps = endpoint.attributes.mode === 'max' ? all : all.filter(({ diffId }) => inResult.has(diffId))
  const diffIds = [...new Set(steps.map(({ diffId }) => diffId))].filter(diffId => needs.layers.has(diffId))
  const options = imageOptions({ type: 'oci', attributes: endpoint.attributes, id: '' })
  using packed = await exportedLayers(needs, diffIds, options, signal)
  const { config, manifest } = documentsOf(steps, diffIds, packed.layers)
  if (endpoint.type === 'registry') await pushCache(needs, endpoint, client, packed.layers, config, manifest, signal)
  else await client.receive(`cache${place}`, 'files', layoutOf(packed.layers, config, manifest))
}

function documentsOf(steps: readonly RemoteStep[], diffIds: Digest[], layers: readonly ExportedLayer[]) {
  const config = documentOf(CACHE_CONFIG_TYPE, cacheDocument({ steps: [...steps], diffIds }))
  const { mediaType, digest, size } = config
  const described = layers.map(layer => ({ mediaType: layer.mediaType, digest: layer.digest, size: layer.size }))
  const content = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    artifactType: CACHE_TYPE,
    config: { mediaType, digest, size },
    layers: described,
  }
  return { config, manifest: documentOf(MEDIA_TYPES.ociManifest, Buffer.from(JSON.stringify(content))) }
}

const documentOf = (mediaType: string, bytes: Buffer): ImageDocument => ({
  bytes,
  mediaType,
  digest: digestOf(bytes),
  size: bytes.length,
})

function layoutOf(layers: readonly ExportedLayer[], config: ImageDocument, manifest: ImageDocument) {
  const document = ({ bytes, digest, size }: ImageDocument) => ({ digest, size, read: () => [bytes] })
  const { mediaType, digest, size } = manifest
  const index = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: [{ mediaType, digest, size }] }
  return layoutTar([...layers, document(config), document(manifest)], {
    'index.json': Buffer.from(JSON.stringify(index)),
    'oci-layout': Buffer.from(JSON.stringify({ imageLayoutVersion: '1.0.0' })),
  })
}
