import { digestOf } from '../../../formats/digest/digest.ts'
import type { PlatformResult } from '../contract.ts'
import { type Attestation, attestationOf } from './attestation.ts'
import {
  annotated,
  type Descriptor,
  type ImageDocument,
  indexOf,
  manifestDescriptor,
  manifestOf,
} from './image-documents.ts'
import { type ExportedLayer, exportedLayers } from './layer-blobs.ts'
import type { LayoutBlob } from './layout.ts'
import type { ExportNeeds, ExportTools } from './needs.ts'
import type { ImageOptions } from './options.ts'
import { PROVENANCE_TYPE, provenanceStatement } from './provenance.ts'

export type PackedPlatform = { result: PlatformResult; layers: ExportedLayer[]; manifest: ImageDocument }
export type Top = ImageDocument & { isIndex: boolean; descriptor: Descriptor }

/** An image of one platform or several as it leaves: all its documents, and its layers as blobs. */
export type PackedImage = {
  platforms: PackedPlatform[]
  attestations: Attestation[]
  /** What a name points at: the manifest, or an index over all of them. */
  top: Top
}

export async function packImage(
  needs: ExportNeeds,
  options: ImageOptions,
  results: readonly PlatformResult[],
  tools: ExportTools,
): Promise<PackedImage & Disposable> {
  const made: Disposable[] = []
  const dispose = () => {
    for (const one of made) one[Symbol.dispose]()
  }
  tools.telling.status('exporting layers', 'exporting layers', 0, 0)
  try {
    const platforms: PackedPlatform[] = []
    for (const result of results) {
      const layers = await exportedLayers(needs, result.diffIds, options, tools.signal)
      made.push(layers)
      const manifest = manifestOf(result.configBytes, layers.layers, result.platform, options)
      platforms.push({ result, layers: layers.layers, manifest })
    }
    tools.telling.status('exporting layers', 'exporting layers', 0, 0, true)
    const attestations = platforms.flatMap(one => attestationsOf(one, options, tools))
    return { platforms, attestations, top: topOf(platforms, attestations, options), [Symbol.dispose]: dispose }
  } catch (failure) {
    dispose()
    throw failure
  }
}

function attestationsOf(
  { result, manifest }: PackedPlatform,
  { names }: ImageOptions,
  { attestations, provenance }: ExportTools,
): Attestation[] {
  const attributes = attestations.provenance
  if (!attributes) return []
  const statement = provenanceStatement(provenance, attributes, names, result.platform, manifest.digest)
  return [attestationOf(manifest, statement, PROVENANCE_TYPE)]
}

function topOf(platforms: PackedPlatform[], attestations: Attestation[], options: ImageOptions): Top {
  const descriptors = platforms.map(({ manifest, result }) => manifestDescriptor(manifest, result.platform, options))
  const only = platforms.length === 1 && attestations.length === 0 ? platforms[0] : undefined
  if (only) return { ...only.manifest, isIndex: false, descriptor: descriptors[0]! }
  const index = indexOf([...descriptors, ...attestations.map(({ descriptor }) => descriptor)], options)
  const { mediaType, digest, size } = index
  const annotations = annotated(options.annotations, 'index-descriptor')
  return { ...index, isIndex: true, descriptor: { mediaType, digest, size, ...annotations } }
}

/** Everything below the top that is no manifest. */
export const contentOf = ({ platforms, attestations }: PackedImage): LayoutBlob[] => [
  ...platforms.flatMap(({ result, layers }) => [...layers, configBlob(result)]),
  ...attestations.flatMap(({ blobs }) => blobs.map(documentBlob)),
]

/** Manifests that an index names. */
export const manifestsBelow = ({ platforms, attestations, top }: PackedImage): ImageDocument[] =>
  top.isIndex ? [...platforms, ...attestations].map(({ manifest }) => manifest) : []

export const documentBlob = ({ bytes, digest, size }: ImageDocument): LayoutBlob => ({
  digest,
  size,
  read: () => [bytes],
})

export const configBlob = ({ configBytes }: PlatformResult): LayoutBlob => ({
  digest: digestOf(configBytes),
  size: configBytes.length,
  read: () => [configBytes],
})

/** Keys and values as BuildKit's exporters answer them. */
export function responseOf({ platforms, top }: PackedImage, names: readonly string[]): Record<string, string> {
  const { mediaType, digest, size } = top.descriptor
  const only = platforms.length === 1 ? platforms[0] : undefined
  return {
    'containerimage.digest': digest,
    'containerimage.descriptor': Buffer.from(JSON.stringify({ mediaType, digest, size })).toString('base64'),
    ...(only && { 'containerimage.config.digest': configBlob(only.result).digest }),
    ...(names.length > 0 && { 'image.name': names.join(',') }),
  }
}
