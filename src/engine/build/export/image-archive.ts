import {
  canonical,
  familiar,
  parseReference,
  type Reference,
  withDefaultTag,
} from '../../../formats/reference/reference.ts'
import type { BuildExport, PlatformResult } from '../contract.ts'
import { exportFaults } from './faults.ts'
import {
  annotated,
  type Descriptor,
  type ImageDocument,
  indexOf,
  manifestDescriptor,
  manifestOf,
} from './image-documents.ts'
import { type ExportedLayer, exportedLayers } from './layer-blobs.ts'
import { type LayoutBlob, layoutTar } from './layout.ts'
import type { ExportNeeds, ExportTools } from './needs.ts'
import { type ImageOptions, imageOptions, readFlag } from './options.ts'

type PackedPlatform = { result: PlatformResult; layers: ExportedLayer[]; manifest: ImageDocument }

/** An OCI layout, or the archive that `docker load` takes, which is one with manifest.json beside it. */
export async function exportArchive(
  needs: ExportNeeds,
  wanted: BuildExport,
  results: readonly PlatformResult[],
  { telling, client, signal }: ExportTools,
): Promise<Record<string, string>> {
  const options = imageOptions(wanted)
  if (wanted.type === 'docker' && results.length > 1) throw exportFaults.SEVERAL_PLATFORMS(wanted.type)
  const made: Disposable[] = []
  try {
    telling.status('exporting layers', 'exporting layers', 0, 0)
    const packed: PackedPlatform[] = []
    for (const result of results) {
      const layers = await exportedLayers(needs, result.diffIds, options, signal)
      made.push(layers)
      const manifest = manifestOf(result.configBytes, layers.layers, result.platform, options)
      packed.push({ result, layers: layers.layers, manifest })
    }
    telling.status('exporting layers', 'exporting layers', 0, 0, true)
    const top = topOf(packed, options)
    telling.status(`exporting manifest ${top.digest}`, `exporting manifest ${top.digest}`, 0, 0, true)
    telling.status('sending tarball', 'sending tarball', 0, 0)
    const as = readFlag(wanted.attributes, 'tar') === false ? 'files' : 'tar'
    await client.receive(wanted.id, as, layoutTar(blobsOf(packed, top), rootsOf(packed, top, options, wanted.type)))
    telling.status('sending tarball', 'sending tarball', 0, 0, true)
    return responseOf(packed, top, options)
  } finally {
    for (const one of made) one[Symbol.dispose]()
  }
}

type Top = ImageDocument & { isIndex: boolean; descriptor: Descriptor }

function topOf(packed: readonly PackedPlatform[], options: ImageOptions): Top {
  const descriptors = packed.map(({ manifest, result }) => manifestDescriptor(manifest, result.platform, options))
  const only = packed.length === 1 ? packed[0] : undefined
  if (only) return { ...only.manifest, isIndex: false, descriptor: descriptors[0]! }
  const index = indexOf(descriptors, options)
  const { mediaType, digest, size } = index
  const annotations = annotated(options.annotations, 'index-descriptor')
  return { ...index, isIndex: true, descriptor: { mediaType, digest, size, ...annotations } }
}

function blobsOf(packed: readonly PackedPlatform[], top: Top): LayoutBlob[] {
  const document = ({ bytes, digest, size }: ImageDocument): LayoutBlob => ({ digest, size, read: () => [bytes] })
  return [
    ...packed.flatMap(({ result, layers, manifest }) => [...layers, configBlob(result), document(manifest)]),
    ...(top.isIndex ? [document(top)] : []),
  ]
}

const configBlob = ({ configBytes, configDigest }: PlatformResult & { configDigest?: string }): LayoutBlob => ({
  digest: configDigest ?? `sha256:${new Bun.CryptoHasher('sha256').update(configBytes).digest('hex')}`,
  size: configBytes.length,
  read: () => [configBytes],
})

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))

function rootsOf(
  packed: readonly PackedPlatform[],
  { descriptor }: Top,
  { names }: ImageOptions,
  type: BuildExport['type'],
): Record<string, Uint8Array> {
  const references = names.map(parseReference).map(withDefaultTag)
  const manifests = references.length === 0 ? [descriptor] : references.map(reference => named(descriptor, reference))
  return {
    'index.json': json({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests }),
    'oci-layout': json({ imageLayoutVersion: '1.0.0' }),
    ...(type === 'docker' && { 'manifest.json': json(packed.map(one => dockerManifest(one, references))) }),
  }
}

const named = (descriptor: Descriptor, reference: Reference): Descriptor => ({
  ...descriptor,
  annotations: {
    ...descriptor.annotations,
    'io.containerd.image.name': canonical(reference),
    'org.opencontainers.image.ref.name': reference.tag ?? '',
  },
})

const place = (digest: string): string => `blobs/${digest.replace(':', '/')}`

function dockerManifest({ result, layers }: PackedPlatform, references: Reference[]): Record<string, unknown> {
  return {
    Config: place(configBlob(result).digest),
    RepoTags: references.length > 0 ? references.map(familiar) : null,
    Layers: layers.map(({ digest }) => place(digest)),
  }
}

/** Keys and values as BuildKit's exporters answer them. */
function responseOf(packed: readonly PackedPlatform[], top: Top, { names }: ImageOptions): Record<string, string> {
  const { mediaType, digest, size } = top.descriptor
  const only = packed.length === 1 ? packed[0] : undefined
  return {
    'containerimage.digest': digest,
    'containerimage.descriptor': Buffer.from(JSON.stringify({ mediaType, digest, size })).toString('base64'),
    ...(only && { 'containerimage.config.digest': configBlob(only.result).digest }),
    ...(names.length > 0 && { 'image.name': names.join(',') }),
  }
}
