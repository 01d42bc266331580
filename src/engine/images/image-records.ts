import { logger } from '../../base/log.ts'
import { formatTimestamp, nowNanoseconds } from '../../base/timestamps.ts'
import { type Digest, digestOf } from '../../formats/digest/digest.ts'
import { parseImageConfig } from '../../formats/oci-image/config.ts'
import { normalizePlatform } from '../../formats/platform/platform.ts'
import { canonical, parseReference, type Reference } from '../../formats/reference/reference.ts'
import type { Database } from '../../store/database/database.ts'
import type { Image } from './image.ts'
import { type ImageRow, ImageTable } from './image-table.ts'

/** An image with what only this noun needs of it. */
export type StoredImage = Omit<Image, 'size'> & {
  /** The bytes whose digest is the id. */
  configBytes: Uint8Array
  manifestBytes?: Uint8Array
  parent: string
  /** RFC 3339, '' for never. */
  lastTagged: string
  removed: boolean
}

/** What makes an image; every layer of its config has to be here already. */
export type NewImage = {
  configBytes: Uint8Array
  manifest?: { bytes: Uint8Array; mediaType: string; digest: Digest }
  parent?: string
}

const log = logger('images')

/**
 * All images and their references, in memory and in the database, which is written first. A reference without a tag is by
 * digest; its text is the canonical name.
 */
export class ImageRecords {
  readonly #table: ImageTable
  readonly #images = new Map<string, StoredImage>()
  readonly #references = new Map<string, Digest>()
  readonly #names = new Map<string, Set<string>>()

  constructor(database: Database) {
    this.#table = new ImageTable(database)
    for (const row of this.#table.images()) this.#read(row)
    for (const { name, image } of this.#table.references()) this.#name(name, image)
  }

  /** Also one that was removed while containers use it. */
  kept(id: string): StoredImage | undefined {
    return this.#images.get(id)
  }

  get(id: string): StoredImage | undefined {
    const image = this.#images.get(id)
    return image?.removed ? undefined : image
  }

  all(): StoredImage[] {
    return [...this.#images.values()].filter(image => !image.removed)
  }

  removed(): StoredImage[] {
    return [...this.#images.values()].filter(image => image.removed)
  }

  /** The one image whose id starts so; `prefix` with or without `sha256:`. */
  search(prefix: string): StoredImage | undefined {
    const hex = prefix.replace(/^sha256:/, '')
    if (!/^[0-9a-f]{1,64}$/.test(hex)) return undefined
    const found = this.all().filter(({ id }) => id.startsWith(`sha256:${hex}`))
    return found.length === 1 ? found[0] : undefined
  }

  idOf(reference: Reference): Digest | undefined {
    return this.#references.get(key(reference))
  }

  /** Sorted by name, as Docker lists them. */
  referencesOf(id: string): Reference[] {
    return [...(this.#names.get(id) ?? [])].sort().map(parseReference)
  }

  /** Every reference of a repository. */
  ofRepository({ domain, path }: Reference): Reference[] {
    const references = [...this.#references.keys()].map(parseReference)
    return references.filter(reference => reference.domain === domain && reference.path === path)
  }

  /** The image with its references, all at once or not at all. */
  put(image: NewImage, references: Reference[]): StoredImage {
    const id = digestOf(image.configBytes)
    const row = this.#rowOf(id, image)
    this.#table.transaction(() => {
      this.#table.put(row)
      for (const reference of references) this.#table.setReference(key(reference), id)
      if (references.length > 0) this.#table.setTagged(id, formatTimestamp(nowNanoseconds()))
    })
    for (const reference of references) this.#name(key(reference), id)
    return this.#read(this.#table.image(id)!)!
  }

  setReference(reference: Reference, id: Digest): void {
    const time = formatTimestamp(nowNanoseconds())
    this.#table.transaction(() => {
      this.#table.setReference(key(reference), id)
      this.#table.setTagged(id, time)
    })
    this.#name(key(reference), id)
    const image = this.#images.get(id)
    if (image) image.lastTagged = time
  }

  removeReference(reference: Reference): void {
    this.#table.removeReference(key(reference))
    this.#unname(key(reference))
  }

  /** With `keep`, only hidden: its layers stay. */
  remove(id: Digest, keep: boolean): void {
    this.#table.transaction(() => (keep ? this.#table.markRemoved(id) : this.#table.remove(id)))
    for (const name of this.#names.get(id) ?? []) this.#unname(name)
    const image = this.#images.get(id)
    if (keep && image) image.removed = true
    else this.#images.delete(id)
  }

  #name(name: string, id: Digest): void {
    this.#unname(name)
    this.#references.set(name, id)
    this.#names.set(id, (this.#names.get(id) ?? new Set()).add(name))
  }

  #unname(name: string): void {
    const id = this.#references.get(name)
    this.#references.delete(name)
    if (id) this.#names.get(id)?.delete(name)
  }

  #rowOf(id: Digest, { configBytes, manifest, parent }: NewImage): ImageRow {
    return {
      id,
      config: configBytes,
      manifest: manifest?.bytes ?? null,
      manifest_type: manifest?.mediaType ?? null,
      manifest_digest: manifest?.digest ?? null,
      parent: parent ?? '',
      last_tagged: '',
      removed: 0,
    }
  }

  /** A row that cannot be read is an image that is not there; the others stay. */
  #read(row: ImageRow): StoredImage | undefined {
    try {
      const image = imageOf(row)
      this.#images.set(image.id, image)
      return image
    } catch (failure) {
      log.error('an image cannot be read; it is left out', { id: row.id, error: failure })
      return undefined
    }
  }
}

/** By digest the tag counts for nothing: `name:tag@digest` is whatever that repository has under the digest. */
const key = ({ domain, path, tag, digest }: Reference): string =>
  canonical(digest ? { domain, path, digest } : { domain, path, tag: tag ?? 'latest' })

function imageOf(row: ImageRow): StoredImage {
  const config = parseImageConfig(row.config)
  const { architecture, os, variant } = config
  return {
    id: row.id,
    config,
    configBytes: row.config,
    diffIds: config.rootfs.diff_ids,
    created: config.created ?? '',
    platform: normalizePlatform({
      os,
      architecture,
      ...(variant && { variant }),
      ...(config['os.version'] && { 'os.version': config['os.version'] }),
    }),
    parent: row.parent,
    lastTagged: row.last_tagged,
    removed: row.removed === 1,
    ...(row.manifest && {
      manifestBytes: row.manifest,
      manifest: {
        digest: row.manifest_digest as Digest,
        mediaType: row.manifest_type ?? '',
        size: row.manifest.length,
      },
    }),
  }
}
