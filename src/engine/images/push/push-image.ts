import { Fault } from '../../../base/faults.ts'
import type { Digest } from '../../../formats/digest/digest.ts'
import type { Platform } from '../../../formats/platform/platform.ts'
import {
  canonical,
  familiar,
  familiarName,
  type Reference,
  repositoryOf,
  withDigest,
} from '../../../formats/reference/reference.ts'
import type { Blobs } from '../../../store/blobs/blobs.ts'
import type { Layers } from '../../../store/layers/layers.ts'
import { imageFaults } from '../faults.ts'
import { findImage } from '../find-image.ts'
import type { ImageEvents } from '../image-events.ts'
import type { ImageRecords, StoredImage } from '../image-records.ts'
import type { Leases } from '../leases.ts'
import { mayTryNext } from '../pull/pull-faults.ts'
import { layerListener, type Report } from '../pull/pull-progress.ts'
import { type Credentials, credentialsFor } from '../registry/credentials.ts'
import { registryFaults } from '../registry/faults.ts'
import { endpointsOf } from '../registry/hosts.ts'
import { RepositoryClient } from '../registry/repository-client.ts'
import type { RegistrySettings } from '../registry/settings.ts'
import { Transport } from '../registry/transport.ts'
import { hasBlob, type Outbound, putManifest, uploadBlob } from '../registry/upload.ts'
import type { Space } from '../space.ts'
import type { LayerUploads, OutboundLayer } from './layer-uploads.ts'
import { mountPlaces } from './mount-places.ts'
import { isForeign, makeManifest, type OutboundManifest, ownManifest, packLayer } from './outbound-manifest.ts'

export type PushRequest = {
  /** With a tag; without, every tag of the repository is pushed. */
  reference: Reference
  /** Refuses an image that does not run on it. */
  platform?: Platform
  credentials?: Credentials
}
export type PushNeeds = {
  records: ImageRecords
  layers: Layers
  blobs: Blobs
  uploads: LayerUploads
  leases: Leases
  space: Space
  events: ImageEvents
  registries: RegistrySettings
}

type Tagged = { reference: Reference; image: StoredImage }

/**
 * Sends images to their registry: the layers that it lacks, side by side, then the config, and last the manifest, so that a
 * tag there never names something that is not whole.
 */
export async function pushImage(
  needs: PushNeeds,
  request: PushRequest,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const { reference } = request
  report({ status: `The push refers to repository [${canonical(repositoryOf(reference))}]` })
  const tagged = find(needs.records, request)
  const lease = needs.leases.hold(tagged.flatMap(({ image }) => image.diffIds))
  try {
    await atFirstThatAnswers(needs, request, tagged, report, signal)
  } finally {
    lease[Symbol.dispose]()
    needs.space.release(tagged.flatMap(({ image }) => image.diffIds))
  }
  needs.events.about(tagged[0]!.image, 'push', familiarName(reference), familiar(reference))
}

/** Docker's two texts: for a repository of which there is nothing here, and for a tag that it lacks. */
function find(records: ImageRecords, { reference, platform }: PushRequest): Tagged[] {
  const all = records.ofRepository(reference).filter(({ tag, digest }) => tag && !digest)
  if (all.length === 0) throw imageFaults.NOTHING_TO_PUSH(familiarName(reference))
  const wanted = reference.tag ? all.filter(({ tag }) => tag === reference.tag) : all.sort(byTag)
  if (wanted.length === 0) throw imageFaults.TAG_UNKNOWN(familiar(reference))
  return wanted.map(item => ({ reference: item, image: findImage(records, familiar(item), platform) }))
}

const byTag = (a: Reference, b: Reference): number => (a.tag! < b.tag! ? -1 : 1)

async function atFirstThatAnswers(
  needs: PushNeeds,
  { reference, credentials }: PushRequest,
  tagged: Tagged[],
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const own = credentialsFor(reference.domain, credentials)
  const transport = new Transport(needs.registries)
  let last: unknown
  for (const endpoint of await endpointsOf(reference.domain, { ...needs.registries, mirrors: [] })) {
    const repository = repositoryOf(reference)
    const client = new RepositoryClient(transport, endpoint, repository, own, scopes(needs, reference, tagged))
    try {
      await client.ping(signal)
      for (const one of tagged) await new Push(needs, client, one, report, signal).run()
      return
    } catch (failure) {
      if (signal.aborted) throw registryFaults.CANCELLED({ cause: failure })
      last = failure
      if (!mayTryNext(failure, false)) break
    }
  }
  throw last
}

function scopes({ records }: PushNeeds, reference: Reference, tagged: Tagged[]): string[] {
  const diffIds = tagged.flatMap(({ image }) => image.diffIds)
  const places = new Set(diffIds.flatMap(diffId => mountPlaces(records, reference, diffId)))
  return [`repository:${reference.path}:pull,push`, ...[...places].map(path => `repository:${path}:pull`)]
}

/** One image on its way under one tag. */
class Push {
  readonly #needs: PushNeeds
  readonly #client: RepositoryClient
  readonly #tagged: Tagged
  readonly #report: Report
  readonly #signal: AbortSignal

  constructor(needs: PushNeeds, client: RepositoryClient, tagged: Tagged, report: Report, signal: AbortSignal) {
    this.#needs = needs
    this.#client = client
    this.#tagged = tagged
    this.#report = report
    this.#signal = signal
  }

  async run(): Promise<void> {
    const { reference, image } = this.#tagged
    for (const diffId of image.diffIds.toReversed()) this.#listener(diffId)({ status: 'Preparing' })
    const manifest = await this.#bringLayers()
    await this.#bringConfig()
    await putManifest(this.#client, reference.tag!, manifest, this.#signal)
    const { digest } = manifest
    this.#needs.records.setReference(withDigest(repositoryOf(reference), digest), image.id as Digest)
    this.#report({ status: `${reference.tag}: digest: ${digest} size: ${manifest.bytes.length}` })
    const aux = { Tag: reference.tag!, Digest: digest, Size: manifest.bytes.length }
    this.#report({ progressDetail: {}, aux })
  }

  /** By the image's own manifest if every layer of it is here or there, else by one that is made of what is here. */
  async #bringLayers(): Promise<OutboundManifest> {
    const { image } = this.#tagged
    const own = ownManifest(image)
    const usable = own && (await this.#isWhole(own.parsed.layers.filter(layer => !isForeign(layer))))
    if (own && usable) {
      await this.#bringAll(
        own.parsed.layers.flatMap((layer, place) =>
          isForeign(layer) ? [] : [this.#asItCame(image.diffIds[place]!, layer)],
        ),
      )
      return own
    }
    await this.#bringAll(image.diffIds.map(diffId => this.#packed(diffId)))
    const packed = image.diffIds.map(diffId => this.#pack(diffId))
    return makeManifest(image, await Promise.all(packed))
  }

  async #isWhole(layers: { digest: Digest }[]): Promise<boolean> {
    for (const { digest } of layers) {
      if (!this.#needs.blobs.has(digest) && !(await hasBlob(this.#client, digest, this.#signal))) return false
    }
    return true
  }

  #asItCame(diffId: Digest, { digest, size }: { digest: Digest; size: number }): [Digest, OutboundLayer] {
    const blob = async () => this.#outbound(digest, size)
    return [diffId, { digest, blob, mountFrom: this.#placesOf(diffId) }]
  }

  #packed(diffId: Digest): [Digest, OutboundLayer] {
    const blob = async () => {
      const { digest, size } = await this.#pack(diffId)
      return this.#outbound(digest, size)
    }
    return [diffId, { blob, mountFrom: this.#placesOf(diffId) }]
  }

  #pack(diffId: Digest) {
    return packLayer(this.#needs.layers, this.#needs.blobs, diffId, this.#signal)
  }

  #outbound(digest: Digest, size: number): Outbound {
    return { digest, size, read: start => this.#needs.blobs.read(digest, { start }) }
  }

  #placesOf(diffId: Digest): string[] {
    return mountPlaces(this.#needs.records, this.#tagged.reference, diffId)
  }

  /** A layer that an image has twice is sent once. The first that fails ends the others. */
  async #bringAll(layers: [Digest, OutboundLayer][]): Promise<void> {
    const failed = new AbortController()
    const signal = AbortSignal.any([this.#signal, failed.signal])
    const sending = [...new Map(layers)].map(async ([diffId, layer]) => {
      try {
        await this.#needs.uploads.bring(this.#client, layer, signal, this.#listener(diffId))
      } catch (failure) {
        if (!failed.signal.aborted) failed.abort(failure)
      }
    })
    await Promise.all(sending)
    this.#signal.throwIfAborted()
    if (failed.signal.aborted) throw asFailure(failed.signal.reason)
  }

  async #bringConfig(): Promise<void> {
    const { id, configBytes } = this.#tagged.image
    if (await hasBlob(this.#client, id as Digest, this.#signal)) return
    async function* read(start: number): AsyncGenerator<Uint8Array> {
      yield configBytes.subarray(start)
    }
    await uploadBlob(this.#client, { digest: id as Digest, size: configBytes.length, read }, this.#signal)
  }

  #listener(diffId: Digest) {
    return layerListener(this.#report, diffId)
  }
}

const asFailure = (reason: unknown): unknown =>
  reason instanceof Error || reason instanceof Fault ? reason : new Error(String(reason))
