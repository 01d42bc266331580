import { type Digest, digestAlgorithm, digestOf, isDigest, matchesDigest } from '../../../formats/digest/digest.ts'
import { ACCEPTED_MANIFESTS } from '../../../formats/oci-image/media-types.ts'
import type { Reference } from '../../../formats/reference/reference.ts'
import { answerFault } from './answer-fault.ts'
import { Authorizer } from './authorizer.ts'
import type { Credentials } from './credentials.ts'
import { registryFaults } from './faults.ts'
import type { Endpoint } from './hosts.ts'
import { withoutQuery } from './network-fault.ts'
import { withRetries } from './retry.ts'
import { type Method, readBounded, type Transport } from './transport.ts'

/** The exact bytes of a manifest or index, and what the registry called them. */
export type FetchedManifest = { bytes: Buffer; contentType: string | undefined; digest: Digest }

/** distribution-spec: a registry takes manifests of at least 4 MiB; nobody has to read larger ones. */
const MAX_MANIFEST = 4 * 1024 * 1024
const MAX_TAG_PAGES = 100

export type RepositoryRequest = {
  method?: Method
  headers?: Record<string, string>
  /** Called for each try. */
  body?: () => string | Uint8Array | AsyncIterable<Uint8Array>
  signal: AbortSignal
}

/** One repository at one endpoint, for reading unless `scopes` say more. Source: distribution-spec 1.1. */
export class RepositoryClient {
  readonly endpoint: Endpoint
  readonly transport: Transport
  readonly #path: string
  readonly #scopes: string[]
  readonly #authorizer: Authorizer

  constructor(
    transport: Transport,
    endpoint: Endpoint,
    repository: Reference,
    credentials: Credentials | undefined,
    scopes: string[] = [`repository:${repository.path}:pull`],
  ) {
    this.transport = transport
    this.endpoint = endpoint
    this.#path = repository.path
    this.#scopes = scopes
    // A mirror is somebody else than the registry that the credentials are for.
    this.#authorizer = new Authorizer(
      transport,
      endpoint.url,
      repository.domain,
      endpoint.mirror ? undefined : credentials,
    )
  }

  /** end-1: finds out that a registry is there, and what it wants to see. */
  async ping(signal: AbortSignal): Promise<void> {
    const url = `${this.endpoint.url}/v2/`
    await withRetries(this.transport.settings, signal, async () => {
      const response = await this.transport.send(url, { signal })
      if (response.status === 401) this.#authorizer.challenged(response)
      if (response.status >= 500 || response.status === 429) throw await answerFault(response, url)
      await response.body?.cancel()
      if (!response.ok && response.status !== 401) throw registryFaults.NOT_A_REGISTRY(url, String(response.status))
    })
  }

  /** end-3. What is asked for by digest is what comes, and a digest that the registry names is right. */
  async manifest(name: string | Digest, signal: AbortSignal): Promise<FetchedManifest> {
    const url = this.url(`manifests/${name}`)
    return await withRetries(this.transport.settings, signal, async () => {
      const response = await this.request(url, { headers: { accept: ACCEPTED_MANIFESTS.join(', ') }, signal })
      const bytes = await readBounded(response, MAX_MANIFEST, 'manifest', this.transport.settings.stallMs)
      const digest = checkManifest(bytes, name, response.headers.get('docker-content-digest'))
      return { bytes, digest, contentType: response.headers.get('content-type') ?? undefined }
    })
  }

  /** end-2, from `offset` on. The answer is 200 (from the start, whatever was asked) or 206. */
  async blob(digest: Digest, offset: number, signal: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = offset > 0 ? { range: `bytes=${offset}-` } : {}
    return await this.request(this.url(`blobs/${digest}`), { headers, signal })
  }

  /** end-8, all pages. */
  async tags(signal: AbortSignal): Promise<string[]> {
    const tags: string[] = []
    let url: string | undefined = this.url('tags/list')
    for (let page = 0; url !== undefined && page < MAX_TAG_PAGES; page++) {
      const response: Response = await this.request(url, { signal })
      const bytes = await readBounded(response, MAX_MANIFEST, 'tag list', this.transport.settings.stallMs)
      tags.push(...readTags(bytes))
      url = this.#nextPage(response, url)
    }
    return tags
  }

  /** Of a part of this repository: `blobs/<digest>`. */
  url(rest: string): string {
    return `${this.endpoint.url}/v2/${this.#path}/${rest}`
  }

  /** A link to another host would be given our token. */
  #nextPage(response: Response, from: string): string | undefined {
    const target = /<([^>]*)>\s*;\s*rel="?next"?/.exec(response.headers.get('link') ?? '')?.[1]
    const next = target === undefined ? null : URL.parse(target, from)
    return next && next.origin === new URL(this.endpoint.url).origin ? next.href : undefined
  }

  /**
   * The answer with its body unread; errors are thrown. Asks once more after a 401, never in a circle. An address at another host, as a
   * registry may name one for an upload, is not shown our credentials.
   */
  async request(url: string, { method = 'GET', headers = {}, body, signal }: RepositoryRequest): Promise<Response> {
    const isOurs = new URL(url).origin === new URL(this.endpoint.url).origin
    for (let attempt = 0; ; attempt++) {
      const authorization = isOurs ? await this.#authorizer.header(this.#scopes, signal) : undefined
      if (isOurs && !authorization && this.#authorizer.challenge?.scheme === 'basic')
        throw registryFaults.NO_BASIC(withoutQuery(url))
      const outgoing = {
        method,
        headers,
        signal,
        ...(body && { body: body() }),
        ...(authorization && { authorization }),
      }
      const response = await this.transport.send(url, outgoing)
      if (response.ok) return response
      if (response.status !== 401 || attempt > 0 || !isOurs) throw await answerFault(response, url)
      this.#authorizer.challenged(response)
      await response.body?.cancel()
    }
  }
}

function checkManifest(bytes: Buffer, name: string, header: string | null): Digest {
  if (isDigest(name)) {
    if (!matchesDigest(bytes, name)) throw mismatch(name, bytes)
    return name
  }
  if (isDigest(header) && !matchesDigest(bytes, header)) throw mismatch(header, bytes)
  return digestOf(bytes)
}

const mismatch = (wanted: Digest, bytes: Buffer) =>
  registryFaults.DIGEST('manifest', wanted, digestOf(bytes, digestAlgorithm(wanted)))

function readTags(bytes: Buffer): string[] {
  try {
    const { tags } = JSON.parse(bytes.toString('utf8'))
    return Array.isArray(tags) ? tags.filter(tag => typeof tag === 'string') : []
  } catch {
    throw registryFaults.ANSWER('the tag list is not JSON')
  }
}
