import { certificatesOf, type HostCertificates } from './certificates.ts'
import { registryFaults } from './faults.ts'
import { isInsecure } from './hosts.ts'
import { networkFault } from './network-fault.ts'
import { proxyFor } from './proxy.ts'
import type { RegistrySettings } from './settings.ts'

export type Method = 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'

export type Outgoing = {
  method?: Method
  headers?: Record<string, string>
  /** A stream counts as alive as long as its chunks are taken. */
  body?: string | Uint8Array | AsyncIterable<Uint8Array>
  /** Goes to the host of the URL alone, never along a redirect. */
  authorization?: string
  signal: AbortSignal
}

const MAX_REDIRECTS = 5

/**
 * Sends requests, to registries, token servers and where they redirect. How a host is trusted follows from that host alone, not
 * from who named it [CVE-2019-10214]: its own certificates, its own place in the list of insecure ones.
 */
export class Transport {
  readonly settings: RegistrySettings
  readonly #trust = new Map<string, Promise<HostTrust>>()

  constructor(settings: RegistrySettings) {
    this.settings = settings
  }

  /** The answer with its body unread. Redirects are followed for GET and HEAD. Throws registryFaults. */
  async send(url: string, outgoing: Outgoing): Promise<Response> {
    let target = url
    for (let hop = 0; ; hop++) {
      const response = await this.#once(target, hop === 0 ? outgoing : withoutSecrets(outgoing))
      const next = redirectOf(response, target, outgoing)
      if (next === undefined) return response
      await response.body?.cancel()
      if (hop === MAX_REDIRECTS) throw registryFaults.REDIRECT(next, 'too many redirects')
      target = next
    }
  }

  async #once(url: string, outgoing: Outgoing): Promise<Response> {
    const target = new URL(url)
    const trust = target.protocol === 'https:' ? await this.#trustOf(target.host) : undefined
    const timer = new AbortController()
    const timeout = setTimeout(() => timer.abort(), this.settings.stallMs)
    try {
      return await fetch(target, {
        method: outgoing.method ?? 'GET',
        headers: this.#headers(outgoing),
        body: watched(outgoing.body, () => timeout.refresh()),
        redirect: 'manual',
        decompress: false,
        proxy: proxyFor(target, this.settings.proxies),
        signal: AbortSignal.any([outgoing.signal, timer.signal]),
        ...(trust && { tls: trust }),
      } as RequestInit)
    } catch (failure) {
      throw networkFault(failure, outgoing, url, timer.signal.aborted ? this.settings.stallMs : undefined)
    } finally {
      clearTimeout(timeout)
    }
  }

  #headers({ headers, authorization }: Outgoing): Record<string, string> {
    return {
      'user-agent': this.settings.userAgent,
      'accept-encoding': 'identity',
      ...headers,
      ...(authorization && { authorization }),
    }
  }

  #trustOf(host: string): Promise<HostTrust> {
    const known = this.#trust.get(host)
    if (known) return known
    const trust = this.#readTrust(host)
    this.#trust.set(host, trust)
    return trust
  }

  async #readTrust(host: string): Promise<HostTrust> {
    const certificates = await certificatesOf(host, this.settings.certificateDirectories)
    return { ...certificates, rejectUnauthorized: !(await isInsecure(host, this.settings)) }
  }
}

type HostTrust = HostCertificates & { rejectUnauthorized: boolean }

async function* watch(chunks: AsyncIterable<Uint8Array>, taken: () => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    taken()
    yield chunk
  }
}

const watched = (body: Outgoing['body'], taken: () => void) =>
  typeof body === 'object' && Symbol.asyncIterator in body ? watch(body, taken) : body

const isReading = ({ method = 'GET' }: Outgoing): boolean => method === 'GET' || method === 'HEAD'

const withoutSecrets = ({ authorization: _, ...rest }: Outgoing): Outgoing => rest

function redirectOf(response: Response, from: string, outgoing: Outgoing): string | undefined {
  const location = response.headers.get('location')
  if (![301, 302, 303, 307, 308].includes(response.status) || location === null || !isReading(outgoing)) return
  const next = URL.parse(location, from)
  if (next === null) throw registryFaults.REDIRECT(location, 'not a URL')
  if (next.protocol !== 'https:' && next.protocol !== 'http:') throw registryFaults.REDIRECT(location, 'not http')
  // Whoever can make a registry redirect must not be able to take the encryption away.
  if (from.startsWith('https:') && next.protocol === 'http:')
    throw registryFaults.REDIRECT(next.href, 'it leaves https')
  next.username = ''
  next.password = ''
  return next.href
}

/** The whole body, if it is not larger than `limit`; a registry does not decide how much memory it takes [CVE-2017-11468]. */
export async function readBounded(response: Response, limit: number, what: string, stallMs: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of bodyOf(response, stallMs)) {
    size += chunk.length
    if (size > limit) throw registryFaults.TOO_LARGE(what, limit)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The chunks of a body; a pause of `stallMs` ends it with a fault. Leaving the loop early closes the connection. */
export async function* bodyOf(response: Response, stallMs: number): AsyncGenerator<Uint8Array> {
  const reader = (response.body ?? new Blob([]).stream()).getReader()
  try {
    for (;;) {
      const { done, value } = await beforeStall(reader.read(), response.url, stallMs)
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

async function beforeStall<T>(reading: Promise<T>, url: string, stallMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const stalled = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(registryFaults.STALLED(url, stallMs)), stallMs)
  })
  try {
    return await Promise.race([reading, stalled])
  } finally {
    clearTimeout(timer)
  }
}
