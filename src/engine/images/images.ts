import { hasKind } from '../../base/faults.ts'
import type { Finding } from '../../base/finding.ts'
import { logger } from '../../base/log.ts'
import type { Digest } from '../../formats/digest/digest.ts'
import type { ImageDeleteItem, ImageHistoryItem, ImageInspect, ImageSummary } from '../../formats/engine-api/image.ts'
import type { Platform } from '../../formats/platform/platform.ts'
import { PruneTurn } from '../../formats/prune-filters/prune-filters.ts'
import { familiar, familiarName, type Reference, withDefaultTag } from '../../formats/reference/reference.ts'
import type { Blobs } from '../../store/blobs/blobs.ts'
import type { Database } from '../../store/database/database.ts'
import type { Layers } from '../../store/layers/layers.ts'
import type { Events } from '../events/events.ts'
import { type LoadOptions, loadArchive } from './archive/load-archive.ts'
import { saveArchive } from './archive/save-archive.ts'
import { type CommitRequest, commitImage } from './commit/commit-image.ts'
import { imageHistory, imageSize, inspectImage } from './describe-image.ts'
import { examineImages } from './examine-images.ts'
import { imageFaults } from './faults.ts'
import { findImage } from './find-image.ts'
import type { Image, UsersOf } from './image.ts'
import { ImageEvents } from './image-events.ts'
import { ImageRecords, type NewImage, type StoredImage } from './image-records.ts'
import { type ImportRequest, importImage } from './import/import-image.ts'
import { Leases } from './leases.ts'
import { type ListQuery, listImages } from './list-images.ts'
import { type ImagePruneQuery, type PrunedImages, pruneImages } from './prune/prune-images.ts'
import { LayerDownloads, type WantedLayer } from './pull/layer-downloads.ts'
import { type PullRequest, pullImage } from './pull/pull-image.ts'
import type { Report } from './pull/pull-progress.ts'
import { LayerUploads } from './push/layer-uploads.ts'
import { type PushRequest, pushImage } from './push/push-image.ts'
import type { Credentials } from './registry/credentials.ts'
import { describeRemote, type RemoteImage } from './registry/describe-remote.ts'
import { type Login, login } from './registry/login.ts'
import type { RepositoryClient } from './registry/repository-client.ts'
import { type FoundRepository, type SearchRequest, searchRegistry } from './registry/search.ts'
import type { RegistrySettings } from './registry/settings.ts'
import { type RemoveOptions, removeImage } from './remove-image.ts'
import { Space } from './space.ts'

export type ImagesNeeds = {
  database: Database
  layers: Layers
  blobs: Blobs
  events: Pick<Events, 'emit'>
  /** Asked for at every use: they may change while the daemon runs. */
  registries: () => RegistrySettings
  /** Which containers, running or not, stand on an image. Asked at every removal. */
  usersOf: UsersOf
}

export type ImageUsage = { items: ImageSummary[]; active: number; bytes: number; reclaimable: number }

const log = logger('images')

/** The images of this daemon. Layers are shared; a layer that no image and no pull needs is removed at once. */
export class Images {
  readonly records: ImageRecords
  readonly #needs: ImagesNeeds
  readonly #layers: Layers
  readonly #leases = new Leases()
  readonly #space: Space
  readonly #events: ImageEvents
  readonly #pruneTurn = new PruneTurn()
  readonly #downloads: LayerDownloads
  readonly #uploads: LayerUploads

  constructor(needs: ImagesNeeds) {
    this.#needs = needs
    this.#layers = needs.layers
    this.records = new ImageRecords(needs.database)
    this.#space = new Space(this.records, needs.layers, needs.blobs, this.#leases)
    this.#events = new ImageEvents(needs.events)
    this.#downloads = new LayerDownloads(needs.layers, this.#space, () => needs.registries().concurrentDownloads)
    this.#uploads = new LayerUploads(() => needs.registries().concurrentUploads)
  }

  /** Once the containers are known: gives back what a killed daemon has left of pulls and of images deleted by force. */
  recover(): void {
    for (const image of this.records.removed()) this.released(image.id)
    this.#space.sweep()
    for (const image of this.records.all()) {
      if (!image.diffIds.every(diffId => this.#layers.has(diffId))) {
        log.error('an image lacks a layer; pull or load it again', { id: image.id })
      }
    }
  }

  /** Images without their layers, layers without images, blobs without layers. */
  examine(): Finding[] {
    return examineImages(this.records, this.#layers, this.#space)
  }

  /** Throws imageFaults.NOT_FOUND (on which clients pull), imageFaults.PLATFORM, referenceFaults. */
  resolve(name: string, platform?: Platform): Image {
    return this.#whole(findImage(this.records, name, platform))
  }

  /** The same; undefined if it is not here. */
  find(name: string): Image | undefined {
    try {
      return this.resolve(name)
    } catch (failure) {
      if (hasKind(failure, 'not-found')) return undefined
      throw failure
    }
  }

  /** An image by its full id, also one that was deleted while a container stands on it. */
  byId(id: string): Image | undefined {
    const image = this.records.kept(id)
    return image && this.#whole(image)
  }

  /** To be told when a container is gone: an image deleted before it now goes too. */
  released(imageId: string): void {
    const image = this.records.kept(imageId)
    if (!image?.removed || this.#needs.usersOf(imageId).length > 0) return
    this.records.remove(image.id, false)
    this.#space.release(image.diffIds)
  }

  list(query: ListQuery = {}): ImageSummary[] {
    const { usersOf } = this.#needs
    return listImages({ records: this.records, layers: this.#layers, usersOf }, query)
  }

  inspect(name: string, platform?: Platform): ImageInspect {
    const image = findImage(this.records, name, platform)
    return inspectImage(image, this.records.referencesOf(image.id), this.#layers)
  }

  history(name: string, platform?: Platform): ImageHistoryItem[] {
    const image = findImage(this.records, name, platform)
    return imageHistory(image, this.records.referencesOf(image.id), this.#layers)
  }

  tag(name: string, reference: Reference): void {
    this.#setTag(findImage(this.records, name), reference)
  }

  remove(name: string, options: RemoveOptions = {}): ImageDeleteItem[] {
    const { usersOf } = this.#needs
    return removeImage({ records: this.records, space: this.#space, events: this.#events, usersOf }, name, options)
  }

  /** Throws 409 while another prune is under way. */
  async prune(query: ImagePruneQuery): Promise<PrunedImages> {
    const { usersOf, events } = this.#needs
    const needs = { records: this.records, space: this.#space, events: this.#events, usersOf }
    return await this.#pruneTurn.run(() => {
      const pruned = pruneImages(needs, this.#layers, query)
      if (!query.isTrial) events.emit('image', 'prune', '', { reclaimed: String(pruned.bytes) })
      return pruned
    })
  }

  /** Resolves when the image is here; every line of progress goes to `report`. Ends with a fault of kind cancelled when the signal aborts. */
  async pull(request: PullRequest, report: Report, signal: AbortSignal): Promise<void> {
    await pullImage({ ...this.#inner(), downloads: this.#downloads }, request, report, signal)
  }

  /** Resolves when the registry has it. Progress and end as of a pull. */
  async push(request: PushRequest, report: Report, signal: AbortSignal): Promise<void> {
    await pushImage({ ...this.#inner(), uploads: this.#uploads }, request, report, signal)
  }

  /** One layer of a repository, for whoever holds it (`hold`) or records it before the next prune. */
  async bringLayer(client: RepositoryClient, wanted: WantedLayer, signal: AbortSignal): Promise<void> {
    await this.#downloads.bring(client, wanted, signal, () => {})
  }

  /** All images of an archive of `docker save`, podman, skopeo or buildx, or none of them. */
  async load(
    source: AsyncIterable<Uint8Array>,
    report: Report,
    options: LoadOptions,
    signal: AbortSignal,
  ): Promise<void> {
    await loadArchive(this.#inner(), source, report, options, signal)
  }

  /** The bytes of an archive. Names that are wrong are thrown at once. */
  save(names: string[], platform?: Platform): AsyncGenerator<Uint8Array> {
    return saveArchive(this.#inner(), names, platform)
  }

  /** An image of one layer; its id. */
  async import(request: ImportRequest, report: Report, signal: AbortSignal): Promise<Digest> {
    return await importImage(this.#inner(), request, report, signal)
  }

  /** An image of another and one more layer; its id. */
  async commit(request: CommitRequest): Promise<Digest> {
    return await commitImage(this.#inner(), request)
  }

  /** Layers that somebody else needs (the cache of builds); asked at every removal. Before `recover`. */
  keepLayers(layers: () => Iterable<string>): void {
    this.#space.alsoKeep(layers)
  }

  /** The layers stay until it is disposed, and longer if something needs them then. */
  hold(diffIds: readonly string[]): Disposable {
    const lease = this.#leases.hold(diffIds)
    return {
      [Symbol.dispose]: () => {
        lease[Symbol.dispose]()
        this.#space.release(diffIds)
      },
    }
  }

  /** Whether somebody holds it just now. */
  holds(diffId: string): boolean {
    return this.#leases.holds(diffId)
  }

  /** To be told when something else has no more need of layers. */
  releaseLayers(diffIds: readonly string[]): void {
    this.#space.release(diffIds)
  }

  /** Records an image that was made here, whose layers are all here and held; its id. `manifest`: the one that it is to go out with. */
  add(configBytes: Uint8Array, references: Reference[], manifest?: NewImage['manifest']): Digest {
    for (const reference of references) if (reference.digest) throw imageFaults.TAG_WITH_DIGEST()
    const tagged = references.map(withDefaultTag)
    const image = this.records.put({ configBytes, ...(manifest && { manifest }) }, tagged)
    for (const reference of tagged) this.#events.about(image, 'tag', familiar(reference))
    return image.id
  }

  /** Asks the registry whether the credentials are good. */
  async login(credentials: Credentials, signal: AbortSignal): Promise<Login> {
    return await login(credentials, this.#needs.registries(), signal)
  }

  /** What a registry has under a name. */
  async describeRemote(
    reference: Reference,
    credentials: Credentials | undefined,
    signal: AbortSignal,
  ): Promise<RemoteImage> {
    return await describeRemote(reference, credentials, this.#needs.registries(), signal)
  }

  /** Repositories whose name or description has the term. */
  async search(request: SearchRequest, signal: AbortSignal): Promise<FoundRepository[]> {
    return await searchRegistry(request, this.#needs.registries(), signal)
  }

  /** For `system df`: bytes of all layers, each counted once, and how many would come back if unused images went. */
  usage(): ImageUsage {
    const images = this.records.all()
    const used = images.filter(({ id }) => this.#needs.usersOf(id).length > 0)
    const bytes = this.#bytesOf(images)
    return {
      items: this.list({ all: true, sharedSize: true, containerCount: true }),
      active: used.length,
      bytes,
      reclaimable: bytes - this.#bytesOf(used),
    }
  }

  #bytesOf(images: StoredImage[]): number {
    return imageSize({ diffIds: [...new Set(images.flatMap(({ diffIds }) => diffIds))] }, this.#layers)
  }

  #inner() {
    return {
      records: this.records,
      layers: this.#layers,
      blobs: this.#needs.blobs,
      leases: this.#leases,
      space: this.#space,
      events: this.#events,
      registries: this.#needs.registries(),
    }
  }

  #setTag(image: StoredImage, reference: Reference): void {
    if (reference.digest) throw imageFaults.TAG_WITH_DIGEST()
    if (familiarName(reference) === 'sha256') throw imageFaults.AMBIGUOUS_TAG()
    const tagged = withDefaultTag(reference)
    this.records.setReference(tagged, image.id)
    this.#events.about(image, 'tag', familiar(tagged))
  }

  #whole({ id, config, diffIds, created, platform, manifest }: StoredImage): Image {
    const size = imageSize({ diffIds }, this.#layers)
    return { id: id as Digest, config, diffIds, size, created, platform, ...(manifest && { manifest }) }
  }
}
