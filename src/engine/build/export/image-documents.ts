import { type Digest, digestOf } from '../../../formats/digest/digest.ts'
import { MEDIA_TYPES } from '../../../formats/oci-image/media-types.ts'
import { formatPlatform, type Platform } from '../../../formats/platform/platform.ts'
import type { ExportedLayer } from './layer-blobs.ts'
import type { Annotation, ImageOptions } from './options.ts'

/** A document of an image with what names it. */
export type ImageDocument = { bytes: Buffer; mediaType: string; digest: Digest; size: number }

type Annotations = { annotations?: Record<string, string> }
export type Descriptor = { mediaType: string; digest: Digest; size: number; platform?: Platform } & Annotations

const documentOf = (mediaType: string, content: Record<string, unknown>): ImageDocument => {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...content }, null, 2))
  return { bytes, mediaType, digest: digestOf(bytes), size: bytes.length }
}

/** The manifest of one platform. */
export function manifestOf(
  configBytes: Uint8Array,
  layers: readonly ExportedLayer[],
  platform: Platform,
  { isOci, annotations }: Pick<ImageOptions, 'isOci' | 'annotations'>,
): ImageDocument {
  const config = {
    mediaType: isOci ? MEDIA_TYPES.ociConfig : MEDIA_TYPES.dockerConfig,
    digest: digestOf(configBytes),
    size: configBytes.length,
  }
  return documentOf(isOci ? MEDIA_TYPES.ociManifest : MEDIA_TYPES.dockerManifest, {
    config,
    layers: layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
    ...annotated(annotations, 'manifest', platform),
  })
}

export function manifestDescriptor(
  { mediaType, digest, size }: ImageDocument,
  platform: Platform,
  { annotations }: Pick<ImageOptions, 'annotations'>,
): Descriptor {
  return { mediaType, digest, size, ...annotated(annotations, 'manifest-descriptor', platform), platform }
}

/** All platforms under one name. */
export const indexOf = (
  manifests: readonly Descriptor[],
  { isOci, annotations }: Pick<ImageOptions, 'isOci' | 'annotations'>,
): ImageDocument =>
  documentOf(isOci ? MEDIA_TYPES.ociIndex : MEDIA_TYPES.dockerList, { manifests, ...annotated(annotations, 'index') })

/** Those of this place; one for a platform only where it is that platform's. */
export function annotated(annotations: readonly Annotation[], place: string, platform?: Platform): Annotations {
  const name = platform && formatPlatform(platform)
  const mine = annotations.filter(one => one.place === place && (one.platform === undefined || one.platform === name))
  return mine.length === 0 ? {} : { annotations: Object.fromEntries(mine.map(({ key, value }) => [key, value])) }
}
