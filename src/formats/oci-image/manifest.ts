import { type Digest, parseDigest } from '../digest/digest.ts'
import type { OciDescriptor, OciPlatform } from '../engine-api/common.ts'
import { ociImageFaults } from './faults.ts'
import { isConfigType, isIndexType, isLayerType, isManifestType, MEDIA_TYPES } from './media-types.ts'
import { type JsonObject, list, object, optional, parseObject, text, textMap, whole } from './reading.ts'

/** A descriptor whose digest and size have been checked. `urls` are not kept: nothing is ever fetched from them. */
export type Descriptor = Omit<OciDescriptor, 'digest' | 'urls'> & { digest: Digest }
export type ImageManifest = {
  kind: 'manifest'
  mediaType: string
  config: Descriptor
  layers: Descriptor[]
}
export type ImageIndex = { kind: 'index'; mediaType: string; manifests: Descriptor[] }

/** Longer lists are an attack on whoever walks them. */
const MAX_INDEX_ENTRIES = 1024
/** As many as Docker mounts (layer/layer_store.go, maxLayerDepth). */
export const MAX_LAYERS = 125

const fail = (what: string) => ociImageFaults.MANIFEST(what)

/**
 * Reads a manifest or an index, Docker's or OCI's. `contentType` is what the sender called it, if it did.
 * The same bytes are never taken for a manifest once and for an index another time [CVE-2021-41190]: the kind follows from the
 * document's own mediaType, or where it has none from its fields, and everything that is said about it has to agree.
 */
export function parseManifest(bytes: Uint8Array, contentType?: string): ImageManifest | ImageIndex {
  const document = parseObject(bytes, fail)
  if (document.schemaVersion === 1 || 'fsLayers' in document) throw ociImageFaults.SCHEMA_1()
  if (document.schemaVersion !== 2) throw fail('schemaVersion must be 2')
  const mediaType = agreedType(document, contentType)
  return isIndexType(mediaType) ? readIndex(document, mediaType) : readManifest(document, mediaType)
}

function agreedType(document: JsonObject, contentType: string | undefined): string {
  const own = optional(document.mediaType, value => text(value, 'mediaType', fail)) || undefined
  const said = contentType?.split(';', 1)[0]?.trim().toLowerCase()
  const sent = said && (isIndexType(said) || isManifestType(said)) ? said : undefined
  if (own && sent && own !== sent) throw fail(`mediaType ${own} does not match Content-Type ${sent}`)
  const mediaType = own ?? sent ?? ('manifests' in document ? MEDIA_TYPES.ociIndex : MEDIA_TYPES.ociManifest)
  if (!isIndexType(mediaType) && !isManifestType(mediaType)) throw ociImageFaults.MEDIA_TYPE(mediaType)
  refuseForeignFields(document, mediaType)
  return mediaType
}

function refuseForeignFields(document: JsonObject, mediaType: string): void {
  const foreign = isIndexType(mediaType) ? ['config', 'layers'] : ['manifests']
  for (const field of foreign) {
    if (field in document) throw fail(`${isIndexType(mediaType) ? 'an index' : 'a manifest'} must not have ${field}`)
  }
}

function readIndex(document: JsonObject, mediaType: string): ImageIndex {
  const manifests = list(document.manifests, 'manifests', fail)
  if (manifests.length > MAX_INDEX_ENTRIES) throw fail(`more than ${MAX_INDEX_ENTRIES} manifests`)
  return { kind: 'index', mediaType, manifests: manifests.map((item, i) => readDescriptor(item, `manifests[${i}]`)) }
}

function readManifest(document: JsonObject, mediaType: string): ImageManifest {
  const config = readDescriptor(document.config, 'config')
  if (!isConfigType(config.mediaType)) throw ociImageFaults.ARTIFACT(config.mediaType)
  const layers = (optional(document.layers, value => list(value, 'layers', fail)) ?? []).map((item, i) =>
    readDescriptor(item, `layers[${i}]`),
  )
  for (const layer of layers) if (!isLayerType(layer.mediaType)) throw ociImageFaults.MEDIA_TYPE(layer.mediaType)
  if (layers.length > MAX_LAYERS) throw fail(`more than ${MAX_LAYERS} layers`)
  return { kind: 'manifest', mediaType, config, layers }
}

function readDescriptor(value: unknown, field: string): Descriptor {
  const source = object(value, field, fail)
  const size = whole(source.size, `${field}.size`, fail)
  if (size < 0) throw fail(`${field}.size must not be negative`)
  const annotations = optional(source.annotations, item => textMap(item, `${field}.annotations`, fail))
  const platform = optional(source.platform, item => readPlatform(item, `${field}.platform`))
  return {
    mediaType: text(source.mediaType, `${field}.mediaType`, fail),
    digest: readDigest(source.digest, `${field}.digest`),
    size,
    ...(annotations && { annotations }),
    ...(platform && { platform }),
  }
}

function readDigest(value: unknown, field: string): Digest {
  try {
    return parseDigest(value)
  } catch (cause) {
    throw Object.assign(fail(`${field}: ${(cause as Error).message}`), { cause })
  }
}

function readPlatform(value: unknown, field: string): OciPlatform {
  const source = object(value, field, fail)
  const part = (key: string) => optional(source[key], item => text(item, `${field}.${key}`, fail))
  const variant = part('variant')
  const version = part('os.version')
  return {
    architecture: part('architecture') ?? '',
    os: part('os') ?? '',
    ...(variant && { variant }),
    ...(version && { 'os.version': version }),
  }
}
