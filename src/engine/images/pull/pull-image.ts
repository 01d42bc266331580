import type { Digest } from '../../../formats/digest/digest.ts'
import { type OciImageConfig, parseImageConfig } from '../../../formats/oci-image/config.ts'
import { hostPlatform, type Platform } from '../../../formats/platform/platform.ts'
import {
  familiar,
  familiarName,
  type Reference,
  repositoryOf,
  withDigest,
} from '../../../formats/reference/reference.ts'
import type { Layers } from '../../../store/layers/layers.ts'
import { imageFaults } from '../faults.ts'
import { findImage } from '../find-image.ts'
import type { ImageEvents } from '../image-events.ts'
import type { ImageRecords, NewImage } from '../image-records.ts'
import type { Leases } from '../leases.ts'
import { type Credentials, credentialsFor } from '../registry/credentials.ts'
import { registryFaults } from '../registry/faults.ts'
import { fetchConfig } from '../registry/fetch-blob.ts'
import { endpointsOf } from '../registry/hosts.ts'
import { RepositoryClient } from '../registry/repository-client.ts'
import type { RegistrySettings } from '../registry/settings.ts'
import { Transport } from '../registry/transport.ts'
import type { Space } from '../space.ts'
import { type ChosenManifest, chooseManifest } from './choose-manifest.ts'
import type { LayerDownloads, WantedLayer } from './layer-downloads.ts'
import { mayTryNext, pullFault } from './pull-faults.ts'
import { layerListener, type Report } from './pull-progress.ts'

export type PullRequest = {
  /** With a tag or a digest; without, every tag of the repository is pulled. */
  reference: Reference
  /** The host's, if not given. */
  platform?: Platform
  credentials?: Credentials
}
export type PullNeeds = {
  records: ImageRecords
  layers: Layers
  downloads: LayerDownloads
  leases: Leases
  space: Space
  events: ImageEvents
  registries: RegistrySettings
}

/**
 * Brings an image from its registry. It is recorded when its last layer is whole, so that there is no half of one; what was
 * brought for an image that then failed is given back, unless another pull has a use for it.
 */
export async function pullImage(
  needs: PullNeeds,
  request: PullRequest,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const { reference } = request
  const credentials = credentialsFor(reference.domain, request.credentials)
  const transport = new Transport(needs.registries)
  let last: unknown
  for (const endpoint of await endpointsOf(reference.domain, needs.registries)) {
    const client = new RepositoryClient(transport, endpoint, repositoryOf(reference), credentials)
    try {
      await client.ping(signal)
      return await new Pull(needs, client, request, report, signal).run()
    } catch (failure) {
      if (signal.aborted) throw registryFaults.CANCELLED({ cause: failure })
      last = pullFault(failure, reference)
      if (!mayTryNext(failure, endpoint.mirror)) break
    }
  }
  throw last
}

class Pull {
  readonly #needs: PullNeeds
  readonly #client: RepositoryClient
  readonly #request: PullRequest
  readonly #report: Report
  readonly #signal: AbortSignal

  constructor(needs: PullNeeds, client: RepositoryClient, request: PullRequest, report: Report, signal: AbortSignal) {
    this.#needs = needs
    this.#client = client
    this.#request = request
    this.#report = report
    this.#signal = signal
  }

  async run(): Promise<void> {
    const { reference } = this.#request
    if (reference.tag || reference.digest) return await this.#pullOne(reference)
    for (const tag of await this.#client.tags(this.#signal)) await this.#pullOne({ ...reference, tag })
  }

  async #pullOne(reference: Reference): Promise<void> {
    const name = reference.digest ?? reference.tag!
    const platform = this.#request.platform ?? hostPlatform()
    const chosen = await chooseManifest(this.#client, name, platform, this.#signal)
    this.#report({ status: `Pulling from ${reference.path}`, id: name })
    const configBytes = await fetchConfig(this.#client, chosen.manifest.config, this.#signal)
    const wanted = pairLayers(chosen, parseImageConfig(configBytes))
    const diffIds = wanted.map(({ diffId }) => diffId)
    const lease = this.#needs.leases.hold(diffIds)
    try {
      await this.#bringAll(wanted)
      this.#record(reference, chosen, configBytes)
    } finally {
      lease[Symbol.dispose]()
      this.#needs.space.release(diffIds)
    }
    this.#warnOfPlatform(reference)
  }

  async #bringAll(wanted: WantedLayer[]): Promise<void> {
    const missing = wanted.filter(layer => this.#isMissing(layer))
    const failed = new AbortController()
    const signal = AbortSignal.any([this.#signal, failed.signal])
    const results = await Promise.allSettled(
      missing.map(async layer => {
        try {
          await this.#bring(layer, signal)
        } catch (failure) {
          failed.abort(failure)
          throw failure
        }
      }),
    )
    this.#signal.throwIfAborted()
    if (failed.signal.aborted) throw failed.signal.reason
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }

  #isMissing({ descriptor, diffId }: WantedLayer): boolean {
    const here = this.#needs.layers.has(diffId)
    layerListener(this.#report, descriptor.digest)({ status: here ? 'Already exists' : 'Pulling fs layer' })
    return !here
  }

  async #bring(layer: WantedLayer, signal: AbortSignal): Promise<void> {
    const listen = layerListener(this.#report, layer.descriptor.digest)
    await this.#needs.downloads.bring(this.#client, layer, signal, listen)
    listen({ status: 'Pull complete' })
  }

  /** Docker keeps the digest beside the tag; who asks by digest gets no tag. */
  #record(reference: Reference, chosen: ChosenManifest, configBytes: Buffer): void {
    const { records, events } = this.#needs
    const byDigest = withDigest(repositoryOf(reference), chosen.topDigest)
    const main = reference.digest ? byDigest : reference
    const before = records.idOf(main)
    const image = records.put(newImage(chosen, configBytes), reference.digest ? [byDigest] : [reference, byDigest])
    this.#report({ status: `Digest: ${chosen.topDigest}` })
    const news = before === image.id ? 'Image is up to date' : 'Downloaded newer image'
    this.#report({ status: `Status: ${news} for ${familiar(reference)}` })
    events.about(image, 'pull', familiarName(reference), familiar(reference))
  }

  /** An image of a single platform is taken whatever was asked for, with a warning, as Docker does. */
  #warnOfPlatform(reference: Reference): void {
    if (!this.#request.platform) return
    try {
      findImage(this.#needs.records, familiar(reference), this.#request.platform)
    } catch (failure) {
      this.#report({ status: `WARNING: ${(failure as Error).message}` })
    }
  }
}

function newImage(chosen: ChosenManifest, configBytes: Buffer): NewImage {
  const { bytes, digest, manifest } = chosen
  return { configBytes, manifest: { bytes, digest, mediaType: manifest.mediaType } }
}

/** Each layer of the manifest is one of the config, lowest first. */
function pairLayers({ manifest }: ChosenManifest, config: OciImageConfig): WantedLayer[] {
  const ids: Digest[] = config.rootfs.diff_ids
  if (config.os !== hostPlatform().os) throw imageFaults.SYSTEM(config.os)
  if (ids.length !== manifest.layers.length) throw imageFaults.LAYERS(manifest.layers.length, ids.length)
  return manifest.layers.map((descriptor, place) => ({ descriptor, diffId: ids[place]! }))
}
