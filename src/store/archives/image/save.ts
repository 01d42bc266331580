import { type Digest, digestOf } from '../../../formats/digest/digest.ts'
import { MEDIA_TYPES } from '../../../formats/oci-image/media-types.ts'
import { tarEntry } from '../../../formats/tar/entry.ts'
import { encodeFile, encodeHeader, paddingAfter, TAR_END } from '../../../formats/tar/writer.ts'

/** What is written of one image. `created` (RFC 3339) becomes the time of its files. */
export type ImageToSave = {
  id: Digest
  configBytes: Uint8Array
  created?: string
  /** Bottom first; `digest` and `size` are of the blob, `mediaType` says how it is compressed. */
  layers: { digest: Digest; size: number; mediaType: string }[]
  /** Familiar names with tags (`bb:latest`), as manifest.json has them. */
  tags: { familiar: string; full: string; repository: string; tag: string }[]
}

/** Reads a layer's blob from its start in big chunks. */
export type ReadBlob = (digest: Digest) => AsyncIterable<Uint8Array>

/**
 * One tar that is an OCI layout and a docker-archive at once, as Docker 25 and later write it: blobs in blobs/sha256, index.json, and
 * a manifest.json that points at the same blobs. Layers are written as they are kept, compressed ones compressed. The same
 * images give the same bytes.
 */
export async function* saveImages(images: ImageToSave[], readBlob: ReadBlob): AsyncGenerator<Uint8Array> {
  const manifests = images.map(image => ({ image, bytes: manifestOf(image) }))
  yield directory('blobs')
  yield directory('blobs/sha256')
  const written = new Set<string>()
  for (const { image, bytes } of manifests) {
    yield* layerMembers(image, readBlob, written)
    yield* document(image.configBytes, timeOf(image), written)
    yield* document(bytes, EPOCH, written)
  }
  yield encodeFile('index.json', indexOf(manifests), OWNED)
  yield encodeFile('manifest.json', json(images.map(dockerManifest)), OWNED)
  yield encodeFile('oci-layout', Buffer.from('{"imageLayoutVersion": "1.0.0"}'), OWNED)
  const repositories = repositoriesOf(images)
  if (repositories) yield encodeFile('repositories', json(repositories), OWNED)
  yield TAR_END
}

const EPOCH = { seconds: 0, nanoseconds: 0 }
const { name: _name, type: _type, size: _size, ...OWNED } = tarEntry({ name: '', type: 'file' })
const json = (value: unknown) => Buffer.from(JSON.stringify(value))
const directory = (name: string) => encodeHeader(tarEntry({ name, type: 'directory' }))
const blobName = (digest: string) => `blobs/${digest.replace(':', '/')}`

async function* layerMembers(image: ImageToSave, readBlob: ReadBlob, written: Set<string>): AsyncGenerator<Uint8Array> {
  for (const { digest, size } of image.layers) {
    if (written.has(digest)) continue
    written.add(digest)
    yield encodeHeader(tarEntry({ name: blobName(digest), type: 'file', size, modified: timeOf(image) }))
    yield* exactly(readBlob(digest), digest, size)
    yield paddingAfter(size)
  }
}

/** A blob that has lost or gained bytes on the disk must not shift all that follows it. */
async function* exactly(chunks: AsyncIterable<Uint8Array>, digest: string, size: number): AsyncGenerator<Uint8Array> {
  let left = size
  for await (const chunk of chunks) {
    left -= chunk.length
    if (left < 0) break
    yield chunk
  }
  if (left !== 0) throw new Error(`the content of ${digest} is not ${size} bytes long`)
}

function* document(bytes: Uint8Array, modified: typeof EPOCH, written: Set<string>): Generator<Uint8Array> {
  const digest = digestOf(bytes)
  if (written.has(digest)) return
  written.add(digest)
  yield encodeFile(blobName(digest), bytes, { ...OWNED, modified })
}

function timeOf({ created }: ImageToSave): typeof EPOCH {
  const time = created ? Date.parse(created) : 0
  return { seconds: Number.isFinite(time) ? Math.max(0, Math.floor(time / 1000)) : 0, nanoseconds: 0 }
}

function manifestOf(image: ImageToSave): Buffer {
  const config = { mediaType: MEDIA_TYPES.ociConfig, digest: image.id, size: image.configBytes.length }
  const layers = image.layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size }))
  return json({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociManifest, config, layers })
}

function indexOf(saved: { image: ImageToSave; bytes: Buffer }[]): Buffer {
  const manifests = saved.flatMap(({ image, bytes }) => {
    const descriptor = { mediaType: MEDIA_TYPES.ociManifest, digest: digestOf(bytes), size: bytes.length }
    if (image.tags.length === 0) return [descriptor]
    return image.tags.map(({ full, tag }) => ({
      ...descriptor,
      annotations: { 'io.containerd.image.name': full, 'org.opencontainers.image.ref.name': tag },
    }))
  })
  return json({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests })
}

function dockerManifest(image: ImageToSave): Record<string, unknown> {
  const tags = image.tags.map(tag => tag.familiar)
  return {
    Config: blobName(image.id),
    RepoTags: tags.length > 0 ? tags : null,
    Layers: image.layers.map(layer => blobName(layer.digest)),
    LayerSources: Object.fromEntries(
      image.layers.map(({ mediaType, size, digest }) => [digest, { mediaType, size, digest }]),
    ),
  }
}

/** The format before manifest.json: each tag with the hex of its topmost layer. */
function repositoriesOf(images: ImageToSave[]): Record<string, Record<string, string>> | undefined {
  const repositories: Record<string, Record<string, string>> = {}
  for (const image of images) {
    const top = image.layers.at(-1)?.digest.slice('sha256:'.length) ?? ''
    for (const { repository, tag } of image.tags) {
      repositories[repository] = { ...repositories[repository], [tag]: top }
    }
  }
  return Object.keys(repositories).length > 0 ? repositories : undefined
}
