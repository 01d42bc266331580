import { pipeline } from 'node:stream'
import { constants, createGzip, createZstdCompress } from 'node:zlib'
import type { Digest } from '../../../formats/digest/digest.ts'
import { MEDIA_TYPES } from '../../../formats/oci-image/media-types.ts'
import { decompressed } from '../../../store/archives/decompress.ts'
import type { Blobs } from '../../../store/blobs/blobs.ts'
import type { Layers } from '../../../store/layers/layers.ts'
import type { Compression, ImageOptions } from './options.ts'

/** A layer as it leaves. */
export type ExportedLayer = {
  diffId: Digest
  digest: Digest
  size: number
  mediaType: string
  read: () => AsyncIterable<Uint8Array>
}

type Stores = { layers: Layers; blobs: Blobs }
type Wanted = Pick<ImageOptions, 'compression' | 'forceCompression' | 'level' | 'isOci'>

/**
 * Layers in the compression that is asked for. One that came from a registry stays as it came, so that it is the same there and
 * here, unless another is forced. What is compressed for this export alone is given back with `made`.
 */
export async function exportedLayers(
  stores: Stores,
  diffIds: readonly Digest[],
  wanted: Wanted,
  signal: AbortSignal,
): Promise<{ layers: ExportedLayer[] } & Disposable> {
  const made: string[] = []
  const layers: ExportedLayer[] = []
  const dispose = () => {
    for (const digest of made) stores.blobs.remove(digest)
  }
  try {
    for (const diffId of diffIds) {
      signal.throwIfAborted()
      layers.push(await exportedLayer(stores, diffId, wanted, made, signal))
    }
  } catch (failure) {
    dispose()
    throw failure
  }
  return { layers, [Symbol.dispose]: dispose }
}

async function exportedLayer(
  stores: Stores,
  diffId: Digest,
  wanted: Wanted,
  made: string[],
  signal: AbortSignal,
): Promise<ExportedLayer> {
  const { layers, blobs } = stores
  const { digest, size } = layers.get(diffId)!
  const isOwn = digest === diffId
  if (!isOwn && blobs.has(digest)) {
    const came = await compressionOf(blobs, digest)
    if (!wanted.forceCompression || came === wanted.compression)
      return asItCame(blobs, diffId, digest, size, came, wanted)
  }
  if (wanted.compression === 'gzip' && isOwn && wanted.level === undefined) {
    const packed = await layers.content.compressed(diffId, signal)
    return fromBlob(blobs, diffId, packed.digest, packed.size, 'gzip', wanted)
  }
  if (wanted.compression === 'uncompressed' && isOwn) {
    const mediaType = mediaTypeOf('uncompressed', wanted)
    return { diffId, digest, size, mediaType, read: () => layers.content.read(diffId) }
  }
  const packed = await blobs.write(packedAnew(layers, diffId, wanted))
  made.push(packed.digest)
  return fromBlob(blobs, diffId, packed.digest as Digest, packed.size, wanted.compression, wanted)
}

const asItCame = fromBlob
function fromBlob(
  blobs: Blobs,
  diffId: Digest,
  digest: Digest,
  size: number,
  compression: Compression,
  wanted: Wanted,
): ExportedLayer {
  return { diffId, digest, size, mediaType: mediaTypeOf(compression, wanted), read: () => blobs.read(digest) }
}

function packedAnew(layers: Layers, diffId: Digest, { compression, level }: Wanted): AsyncIterable<Uint8Array> {
  const plain = decompressed(layers.content.read(diffId))
  if (compression === 'uncompressed') return plain
  const packer =
    compression === 'gzip'
      ? createGzip({ ...(level !== undefined && { level: Math.min(level, 9) }) })
      : createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: level ?? ZSTD_LEVEL } })
  pipeline(plain, packer, () => {})
  return packer
}
const ZSTD_LEVEL = 3

async function compressionOf(blobs: Blobs, digest: string): Promise<Compression> {
  for await (const chunk of blobs.read(digest)) {
    if (chunk[0] === 0x1f && chunk[1] === 0x8b) return 'gzip'
    if (chunk[0] === 0x28 && chunk[1] === 0xb5) return 'zstd'
    break
  }
  return 'uncompressed'
}

const mediaTypeOf = (compression: Compression, { isOci }: Wanted): string => (isOci ? OCI : DOCKER)[compression]
const OCI: Record<Compression, string> = {
  gzip: MEDIA_TYPES.ociLayerGzip,
  zstd: MEDIA_TYPES.ociLayerZstd,
  uncompressed: MEDIA_TYPES.ociLayer,
}
/** Docker has no word of its own for zstd; its daemons take OCI's. */
const DOCKER: Record<Compression, string> = {
  gzip: MEDIA_TYPES.dockerLayerGzip,
  zstd: MEDIA_TYPES.ociLayerZstd,
  uncompressed: MEDIA_TYPES.dockerLayer,
}
