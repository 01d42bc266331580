import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { type Digest, isDigest } from '../../../formats/digest/digest.ts'
import { parseManifest } from '../../../formats/oci-image/manifest.ts'
import type { ContextCopy } from '../../../store/context/contexts.ts'
import type { BuildClient, CacheEndpoint } from '../contract.ts'
import { buildFaults } from '../faults.ts'
import type { BuildNeeds } from '../needs.ts'
import { textOf } from '../sources/text-of.ts'
import { parseCacheDocument } from './cache-document.ts'
import type { CacheSource } from './cache-source.ts'

/**
 * A cache in a directory of the client, an OCI layout. Our clients share the directory under the name that they give;
 * BuildKit's offer a content store instead, which is not asked for.
 */
export async function localSource(
  { contexts, layers }: Pick<BuildNeeds, 'contexts' | 'layers'>,
  { attributes }: CacheEndpoint,
  client: BuildClient,
  hold: (copy: Disposable) => void,
  signal: AbortSignal,
): Promise<CacheSource> {
  const directory = attributes.directory ? client.directory(attributes.directory) : undefined
  if (!directory) throw buildFaults.UNSUPPORTED('a cache of type local from this client')
  const copy = contexts.open('', 'cache')
  hold(copy)
  await copy.sync(writer => directory.sync(writer, {}, signal, () => {}), signal)
  const manifest = parseManifest(blobOf(copy, topOf(copy)))
  if (manifest.kind !== 'manifest') throw buildFaults.ARGUMENT('cache', 'it is no cache of Berth')
  const document = parseCacheDocument(blobOf(copy, manifest.config.digest))
  return {
    steps: document?.steps ?? [],
    bring: async (diffId, asked) => {
      const descriptor = manifest.layers[document?.diffIds.indexOf(diffId) ?? -1]
      if (!descriptor) throw new Error(`the cache has no layer ${diffId}`)
      const source = createReadStream(join(copy.files, placeOf(descriptor.digest)))
      await layers.ingest(source, { digest: descriptor.digest, diffId }, { keepBlob: false, signal: asked })
    },
  }
}

const placeOf = (digest: Digest): string => `blobs/${digest.replace(':', '/')}`

function blobOf(copy: ContextCopy, digest: Digest): Buffer {
  const text = textOf(copy, placeOf(digest))
  if (text === undefined) throw buildFaults.ARGUMENT('cache', `it has no ${digest}`)
  return Buffer.from(text)
}

function topOf(copy: ContextCopy): Digest {
  const index = JSON.parse(textOf(copy, 'index.json') ?? '{}') as { manifests?: { digest?: unknown }[] }
  const digest = index.manifests?.[0]?.digest
  if (!isDigest(digest)) throw buildFaults.ARGUMENT('cache', 'it is no OCI layout')
  return digest
}
