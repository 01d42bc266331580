import { type Digest, digestOf } from '../../../formats/digest/digest.ts'
import { type Descriptor, type ImageManifest, parseManifest } from '../../../formats/oci-image/manifest.ts'
import { MEDIA_TYPES } from '../../../formats/oci-image/media-types.ts'
import type { Blobs } from '../../../store/blobs/blobs.ts'
import type { Layers } from '../../../store/layers/layers.ts'
import type { StoredImage } from '../image-records.ts'

export type OutboundManifest = { bytes: Uint8Array; mediaType: string; digest: Digest }
/** A layer as a registry takes it. */
export type PackedLayer = { digest: Digest; size: number; compression: 'gzip' | 'zstd' | 'none' }

/** The manifest that the image came by, if it came by one that names a layer for each of its own. */
export function ownManifest(image: StoredImage): (OutboundManifest & { parsed: ImageManifest }) | undefined {
  const { manifest, manifestBytes } = image
  if (!manifest || !manifestBytes) return undefined
  const parsed = parseManifest(manifestBytes, manifest.mediaType)
  if (parsed.kind !== 'manifest' || parsed.config.digest !== image.id) return undefined
  if (parsed.layers.length !== image.diffIds.length) return undefined
  return { bytes: manifestBytes, mediaType: parsed.mediaType, digest: manifest.digest, parsed }
}

/** Layers that a registry must not be given, only named (image-spec, "Non-Distributable Layers"). */
export const isForeign = ({ mediaType }: Descriptor): boolean => /\.(foreign|nondistributable)\./.test(mediaType)

/** A manifest for an image that has none, or whose blobs are no longer those of its own: Docker's kind, as Docker sends, unless only OCI has a name for a layer. */
export function makeManifest(image: StoredImage, layers: PackedLayer[]): OutboundManifest {
  const isOci =
    image.manifest?.mediaType === MEDIA_TYPES.ociManifest || layers.some(({ compression }) => compression === 'zstd')
  const mediaType = isOci ? MEDIA_TYPES.ociManifest : MEDIA_TYPES.dockerManifest
  const document = {
    schemaVersion: 2,
    mediaType,
    config: {
      mediaType: isOci ? MEDIA_TYPES.ociConfig : MEDIA_TYPES.dockerConfig,
      size: image.configBytes.length,
      digest: image.id,
    },
    layers: layers.map(({ digest, size, compression }) => ({
      mediaType: (isOci ? OCI_LAYERS : DOCKER_LAYERS)[compression],
      size,
      digest,
    })),
  }
  const bytes = Buffer.from(JSON.stringify(document, null, 3))
  return { bytes, mediaType, digest: digestOf(bytes) }
}

const OCI_LAYERS = { gzip: MEDIA_TYPES.ociLayerGzip, zstd: MEDIA_TYPES.ociLayerZstd, none: MEDIA_TYPES.ociLayer }
const DOCKER_LAYERS = { gzip: MEDIA_TYPES.dockerLayerGzip, zstd: '', none: MEDIA_TYPES.dockerLayer }

/** The layer's blob, made if it has none, with what its first bytes tell of it. */
export async function packLayer(
  layers: Layers,
  blobs: Blobs,
  diffId: Digest,
  signal: AbortSignal,
): Promise<PackedLayer> {
  const { digest, size } = await layers.content.compressed(diffId, signal)
  return { digest, size, compression: await compressionOf(blobs, digest) }
}

async function compressionOf(blobs: Blobs, digest: Digest): Promise<PackedLayer['compression']> {
  for await (const chunk of blobs.read(digest)) {
    if (chunk[0] === 0x1f && chunk[1] === 0x8b) return 'gzip'
    if (chunk[0] === 0x28 && chunk[1] === 0xb5) return 'zstd'
    break
  }
  return 'none'
}
