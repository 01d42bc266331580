import type { Digest } from '../../../formats/digest/digest.ts'
import { MEDIA_TYPES } from '../../../formats/oci-image/media-types.ts'
import type { Platform } from '../../../formats/platform/platform.ts'
import {
  canonical,
  familiar,
  familiarName,
  isTaggedOrDigested,
  parseImageName,
  type Reference,
} from '../../../formats/reference/reference.ts'
import { type ImageToSave, saveImages } from '../../../store/archives/image/save.ts'
import type { Blobs } from '../../../store/blobs/blobs.ts'
import { imageFaults } from '../faults.ts'
import { findImage, isIdPrefix } from '../find-image.ts'
import type { ImageRecords, StoredImage } from '../image-records.ts'
import type { ArchiveNeeds } from './load-archive.ts'

type Wanted = { image: StoredImage; references: Reference[] }

/**
 * The archive of these images. A repository without a tag stands for all its tags; an id for the image without a name. What is
 * named wrongly is thrown before the first byte; the layers stay until the last one.
 */
export function saveArchive(
  needs: ArchiveNeeds & { blobs: Blobs },
  names: string[],
  platform?: Platform,
): AsyncGenerator<Uint8Array> {
  const wanted = [...collect(needs.records, names).values()]
  for (const { image } of wanted) findImage(needs.records, image.id, platform)
  return write(needs, wanted)
}

async function* write(needs: ArchiveNeeds & { blobs: Blobs }, wanted: Wanted[]): AsyncGenerator<Uint8Array> {
  const diffIds = wanted.flatMap(({ image }) => image.diffIds)
  const lease = needs.leases.hold(diffIds)
  try {
    const images: ImageToSave[] = []
    for (const one of wanted) images.push(await imageToSave(needs, one))
    const byDigest = new Map(diffIds.map(diffId => [needs.layers.get(diffId)?.digest, diffId]))
    yield* saveImages(images, digest => needs.layers.content.read(byDigest.get(digest) ?? digest))
    for (const { image } of wanted) needs.events.about(image, 'save')
  } finally {
    lease[Symbol.dispose]()
    needs.space.release(diffIds)
  }
}

function collect(records: ImageRecords, names: string[]): Map<string, Wanted> {
  const wanted = new Map<string, Wanted>()
  for (const name of names) {
    for (const { image, reference } of named(records, name)) {
      const entry = wanted.get(image.id) ?? { image, references: [] }
      if (reference && !entry.references.some(known => canonical(known) === canonical(reference))) {
        entry.references.push(reference)
      }
      wanted.set(image.id, entry)
    }
  }
  return wanted
}

/** Source: moby, image/tarexport/save.go, parseNames. */
function named(records: ImageRecords, name: string): { image: StoredImage; reference?: Reference }[] {
  const parsed = parseImageName(name)
  if (parsed.kind === 'id') return [{ image: findImage(records, name) }]
  const { reference } = parsed
  if (!isTaggedOrDigested(reference)) {
    const all = records.ofRepository(reference).map(item => ({ image: at(records, item), reference: item }))
    if (all.length > 0) return all
  }
  const image = isTaggedOrDigested(reference) ? undefined : records.search(name)
  if (image && isIdPrefix(image.id, name)) return [{ image }]
  if (!isTaggedOrDigested(reference)) throw imageFaults.NOT_FOUND(familiar(reference))
  return [{ image: at(records, reference), reference }]
}

function at(records: ImageRecords, reference: Reference): StoredImage {
  const id = records.idOf(reference)
  const image = id && records.get(id)
  if (!image) throw imageFaults.REFERENCE_UNKNOWN()
  return image
}

async function imageToSave(
  needs: ArchiveNeeds & { blobs: Blobs },
  { image, references }: Wanted,
): Promise<ImageToSave> {
  const layers = await Promise.all(image.diffIds.map(diffId => layerToSave(needs, diffId)))
  const tagged = references.filter(({ tag, digest }) => tag && !digest)
  return {
    id: image.id,
    configBytes: image.configBytes,
    ...(image.created && { created: image.created }),
    layers,
    tags: tagged.map(reference => ({
      familiar: familiar(reference),
      full: canonical(reference),
      repository: familiarName(reference),
      tag: reference.tag!,
    })),
  }
}

async function layerToSave({ layers, blobs }: ArchiveNeeds & { blobs: Blobs }, diffId: Digest) {
  const layer = layers.get(diffId)
  if (!layer || !layers.content.isReadable(diffId)) throw imageFaults.LAYER_LOST(diffId)
  const mediaType = layer.digest === diffId ? MEDIA_TYPES.ociLayer : await mediaTypeOf(blobs, layer.digest)
  return { digest: layer.digest as Digest, size: layer.size, mediaType }
}

/** Told by the first bytes, which is what the unpacking went by. */
async function mediaTypeOf(blobs: Blobs, digest: string): Promise<string> {
  for await (const chunk of blobs.read(digest)) {
    if (chunk[0] === 0x1f && chunk[1] === 0x8b) return MEDIA_TYPES.ociLayerGzip
    if (chunk[0] === 0x28 && chunk[1] === 0xb5) return MEDIA_TYPES.ociLayerZstd
    break
  }
  return MEDIA_TYPES.ociLayer
}
