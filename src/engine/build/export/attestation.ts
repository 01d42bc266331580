import { digestOf } from '../../../formats/digest/digest.ts'
import { MEDIA_TYPES } from '../../../formats/oci-image/media-types.ts'
import type { Descriptor, ImageDocument } from './image-documents.ts'

/** What is said of an image, beside it in an index: nobody runs it, so it is of no platform. */
export type Attestation = { blobs: ImageDocument[]; manifest: ImageDocument; descriptor: Descriptor }

const IN_TOTO = 'application/vnd.in-toto+json'
const UNKNOWN = { os: 'unknown', architecture: 'unknown' } as const

/** Source: moby/buildkit, docs/attestations/attestation-storage.md. */
export function attestationOf(subject: ImageDocument, statement: Buffer, predicateType: string): Attestation {
  const layer = document(IN_TOTO, statement)
  const rootfs = { type: 'layers', diff_ids: [layer.digest] }
  const config = document(MEDIA_TYPES.ociConfig, json({ ...UNKNOWN, config: {}, rootfs }))
  const described = { ...naming(layer), annotations: { 'in-toto.io/predicate-type': predicateType } }
  const content = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociManifest, config: naming(config), layers: [described] }
  const manifest = document(MEDIA_TYPES.ociManifest, json(content))
  const annotations = {
    'vnd.docker.reference.digest': subject.digest,
    'vnd.docker.reference.type': 'attestation-manifest',
  }
  return { blobs: [layer, config], manifest, descriptor: { ...naming(manifest), annotations, platform: UNKNOWN } }
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
const naming = ({ mediaType, digest, size }: ImageDocument) => ({ mediaType, digest, size })
const document = (mediaType: string, bytes: Buffer): ImageDocument => ({
  bytes,
  mediaType,
  digest: digestOf(bytes),
  size: bytes.length,
})
