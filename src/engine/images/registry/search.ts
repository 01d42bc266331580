import { Fault } from '../../../base/faults.ts'
import { DEFAULT_DOMAIN } from '../../../formats/reference/reference.ts'
import { type Credentials, credentialsFor } from './credentials.ts'
import { registryFaults } from './faults.ts'
import { endpointsOf } from './hosts.ts'
import type { RegistrySettings } from './settings.ts'
import { basicHeader } from './token.ts'
import { readBounded, Transport } from './transport.ts'

export type SearchRequest = { term: string; limit: number; credentials?: Credentials }
/** As the API answers it. */
export type FoundRepository = {
  star_count: number
  is_official: boolean
  name: string
  is_automated: boolean
  description: string
}

/** Docker Hub searches where it has its index. */
const HUB_INDEX = 'https://index.docker.io'
const MAX_ANSWER = 8 * 1024 * 1024

/** Asks an index by the first version of Docker's API, which has no successor for this: `GET /v1/search?q=&n=`. Mirrors of the Hub come first. */
export async function searchRegistry(
  { term, limit, credentials }: SearchRequest,
  settings: RegistrySettings,
  signal: AbortSignal,
): Promise<FoundRepository[]> {
  if (/^https?:\/\//i.test(term)) throw registryFaults.SCHEME(term)
  const { domain, query } = splitTerm(term)
  const transport = new Transport(settings)
  const own = credentialsFor(domain, credentials)
  let last: unknown
  for (const { url, mirror } of await placesOf(domain, settings)) {
    try {
      const target = `${url}/v1/search?${new URLSearchParams({ q: query, n: String(limit) })}`
      return await ask(transport, target, mirror ? undefined : own, signal)
    } catch (failure) {
      if (signal.aborted) throw registryFaults.CANCELLED({ cause: failure })
      last = failure
      const isSilent = failure instanceof Fault && ['REGISTRY_UNREACHABLE', 'REGISTRY_RESET'].includes(failure.code)
      if (!mirror && !isSilent) break
    }
  }
  throw last
}

/** `host:5000/words`, or words for the Hub, whose own images go without `library/`. Source: moby, registry/search.go. */
function splitTerm(term: string): { domain: string; query: string } {
  const slash = term.indexOf('/')
  const first = slash < 0 ? '' : term.slice(0, slash)
  const isHost = first === 'localhost' || /[.:]/.test(first)
  if (isHost && first !== DEFAULT_DOMAIN) return { domain: first, query: term.slice(slash + 1) }
  return { domain: DEFAULT_DOMAIN, query: (isHost ? term.slice(slash + 1) : term).replace(/^library\//, '') }
}

async function placesOf(domain: string, settings: RegistrySettings) {
  const endpoints = await endpointsOf(domain, settings)
  if (domain !== DEFAULT_DOMAIN) return endpoints
  return [...endpoints.filter(({ mirror }) => mirror), { url: HUB_INDEX, mirror: false }]
}

async function ask(
  transport: Transport,
  url: string,
  credentials: Credentials | undefined,
  signal: AbortSignal,
): Promise<FoundRepository[]> {
  const response = await transport.send(url, { signal, authorization: basicHeader(credentials) })
  if (!response.ok) {
    await response.body?.cancel()
    throw registryFaults.STATUS(`Unexpected status code ${response.status}`)
  }
  const bytes = await readBounded(response, MAX_ANSWER, 'search result', transport.settings.stallMs)
  return readResults(bytes)
}

function readResults(bytes: Buffer): FoundRepository[] {
  try {
    const { results } = JSON.parse(bytes.toString('utf8'))
    if (Array.isArray(results)) return results.map(readResult)
  } catch {}
  throw registryFaults.ANSWER('the search result is not JSON')
}

/** Without control characters: it ends up on terminals. */
const clean = (value: unknown): string => (typeof value === 'string' ? value.replace(/[\x00-\x1f\x7f]/g, ' ') : '')

function readResult(value: unknown): FoundRepository {
  const found = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  return {
    star_count: Number.isSafeInteger(found['star_count']) ? Number(found['star_count']) : 0,
    is_official: found['is_official'] === true,
    name: clean(found['name']),
    is_automated: found['is_automated'] === true,
    description: clean(found['description']),
  }
}
