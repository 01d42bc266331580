import { type Digest, digestOf } from '../../../formats/digest/digest.ts'
import { type OciImageConfig, parseImageConfig } from '../../../formats/oci-image/config.ts'
import { type Descriptor, parseManifest } from '../../../formats/oci-image/manifest.ts'
import { isIndexType, isManifestType } from '../../../formats/oci-image/media-types.ts'
import { list, object, optional, text, texts } from '../../../formats/oci-image/reading.ts'
import type { LayerIngested } from '../../layers/layers.ts'
import { cleanPath } from '../../unpack/names.ts'
import { type ArchiveContents, readArchiveContents, type TakeLayer } from './archive-contents.ts'
import { imageArchiveFaults } from './faults.ts'

export type { LayerMember, TakeLayer } from './archive-contents.ts'

/** One image of an archive. Its layers have been taken and are those that the config names; nothing has been recorded. */
export type LoadedImage = {
  id: Digest
  configBytes: Buffer
  config: OciImageConfig
  /** Bottom first. */
  layers: LayerIngested[]
  /** References as the archive has them, unchecked (`name:tag`, or a full name); none for an untagged image. */
  tags: string[]
  /** By which it was named in an OCI layout. */
  manifest?: { bytes: Buffer; digest: Digest; mediaType: string }
}

/**
 * Reads what `docker save`, podman, skopeo, buildx or crane have written: a docker-archive by its manifest.json, else an OCI layout by
 * its index.json. `source` is the plain tar. Throws faults of the archive, of tar, of OCI documents, and what `takeLayer` throws; the layers taken
 * until then are the caller's to let go.
 */
export async function loadImages(source: AsyncIterable<Uint8Array>, takeLayer: TakeLayer): Promise<LoadedImage[]> {
  const contents = await readArchiveContents(source, takeLayer)
  if (contents.documents.has('manifest.json')) return fromDockerManifest(contents)
  if (contents.documents.has('index.json')) return fromIndex(contents)
  throw imageArchiveFaults.NO_IMAGE()
}

function fromDockerManifest(contents: ArchiveContents): LoadedImage[] {
  const name = 'manifest.json'
  const fail = (what: string) => imageArchiveFaults.DOCUMENT(name, what)
  const items = list(parseJson(contents.documents.get(name)!, fail), name, fail)
  return items.map((item, index) => {
    const source = object(item, `[${index}]`, fail)
    const configName = text(source.Config, `[${index}].Config`, fail)
    const layerNames = optional(source.Layers, value => texts(value, `[${index}].Layers`, fail)) ?? []
    const tags = optional(source.RepoTags, value => texts(value, `[${index}].RepoTags`, fail)) ?? []
    return assemble(contents, configName, layerNames, tags)
  })
}

function parseJson(bytes: Buffer, fail: (what: string) => Error): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw Object.assign(fail('not JSON'), { cause })
  }
}

function assemble(contents: ArchiveContents, configName: string, layerNames: string[], tags: string[]): LoadedImage {
  const configBytes = documentAt(contents, configName)
  const config = parseImageConfig(configBytes)
  const layers = layerNames.map(name => layerAt(contents, name))
  checkLayers(config, layers)
  return { id: digestOf(configBytes), configBytes, config, layers, tags }
}

/** [CVE-2014-9357 class] a name in a manifest is only ever looked up among the members that were read. */
function documentAt({ documents }: ArchiveContents, name: string): Buffer {
  const found = documents.get(cleanPath(name))
  if (found === undefined) throw imageArchiveFaults.MISSING(name)
  return found
}

function layerAt({ layers, links }: ArchiveContents, name: string): LayerIngested {
  const clean = cleanPath(name)
  const found = layers.get(clean) ?? layers.get(links.get(clean) ?? '')
  if (found === undefined) throw imageArchiveFaults.MISSING(name)
  return found
}

function checkLayers(config: OciImageConfig, layers: LayerIngested[]): void {
  const expected = config.rootfs.diff_ids
  if (expected.length !== layers.length) throw imageArchiveFaults.LAYER_COUNT()
  for (const [index, { diffId }] of layers.entries()) {
    if (diffId !== expected[index]) throw imageArchiveFaults.DIFF_ID(index, expected[index]!, diffId)
  }
}

/** image-spec, image-layout.md: index.json names manifests, or indexes of them, kept in blobs/. */
function fromIndex(contents: ArchiveContents): LoadedImage[] {
  const root = parseManifest(contents.documents.get('index.json')!)
  if (root.kind !== 'index') throw imageArchiveFaults.DOCUMENT('index.json', 'it is no index')
  const walk: Walk = { contents, images: new Map(), visits: 0 }
  for (const descriptor of root.manifests) visit(walk, descriptor, tagsOf(descriptor), 0)
  if (walk.images.size === 0) throw imageArchiveFaults.NO_IMAGE()
  return [...walk.images.values()]
}

type Walk = { contents: ArchiveContents; images: Map<string, LoadedImage>; visits: number }

/** [GO-2026-6597] nine small indexes that name each other fan out without end. */
const MOST_VISITS = 1000
const DEEPEST_INDEX = 4

function visit(walk: Walk, descriptor: Descriptor, tags: string[], depth: number): void {
  walk.visits++
  if (walk.visits > MOST_VISITS || depth > DEEPEST_INDEX)
    throw imageArchiveFaults.DOCUMENT('index.json', 'too many manifests')
  const bytes = walk.contents.documents.get(blobName(descriptor.digest))
  // A platform that was left out when the layout was written, or an attestation, which is no image.
  if (bytes === undefined || descriptor.annotations?.['vnd.docker.reference.type'] !== undefined) return
  if (isIndexType(descriptor.mediaType)) visitIndex(walk, descriptor, bytes, tags, depth)
  else if (isManifestType(descriptor.mediaType)) visitManifest(walk, descriptor, bytes, tags)
}

function visitIndex(walk: Walk, descriptor: Descriptor, bytes: Buffer, tags: string[], depth: number): void {
  const index = parseManifest(bytes, descriptor.mediaType)
  if (index.kind === 'index') for (const child of index.manifests) visit(walk, child, tags, depth + 1)
}

function visitManifest(walk: Walk, descriptor: Descriptor, bytes: Buffer, tags: string[]): void {
  const known = walk.images.get(descriptor.digest)
  if (known) {
    known.tags.push(...tags)
    return
  }
  const manifest = parseManifest(bytes, descriptor.mediaType)
  if (manifest.kind !== 'manifest') throw imageArchiveFaults.DOCUMENT(descriptor.digest, 'it is no manifest')
  if (!walk.contents.layers.has(blobName(manifest.layers[0]?.digest ?? '')) && manifest.layers.length > 0) return
  const layerNames = manifest.layers.map(layer => blobName(layer.digest))
  const image = assemble(walk.contents, blobName(manifest.config.digest), layerNames, [...tags])
  walk.images.set(descriptor.digest, {
    ...image,
    manifest: { bytes, digest: descriptor.digest, mediaType: manifest.mediaType },
  })
}

const blobName = (digest: string) => `blobs/${digest.replace(':', '/')}`

/** buildx and containerd write the whole name into one annotation; the other alone may be no more than a tag. */
function tagsOf({ annotations }: Descriptor): string[] {
  const name = annotations?.['io.containerd.image.name'] ?? annotations?.['org.opencontainers.image.ref.name']
  return name !== undefined && /[/:]/.test(name) ? [name] : []
}
