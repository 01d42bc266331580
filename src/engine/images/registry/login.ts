import { Fault } from '../../../base/faults.ts'
import { DEFAULT_DOMAIN } from '../../../formats/reference/reference.ts'
import { Authorizer } from './authorizer.ts'
import { type Credentials, registryOf } from './credentials.ts'
import { registryFaults } from './faults.ts'
import { endpointsOf } from './hosts.ts'
import type { RegistrySettings } from './settings.ts'
import { basicHeader } from './token.ts'
import { Transport } from './transport.ts'

/** What a registry gave for good credentials: a token to keep in their place, or ''. */
export type Login = { identityToken: string }

/** Really asks the registry. Throws registryFaults.LOGIN where it says no. An address that cannot be read is an error, never Docker Hub. */
export async function login(credentials: Credentials, settings: RegistrySettings, signal: AbortSignal): Promise<Login> {
  const domain = credentials.serverAddress ? registryOf(credentials.serverAddress) : DEFAULT_DOMAIN
  let last: unknown
  for (const { url } of await endpointsOf(domain, { ...settings, mirrors: [] })) {
    try {
      return await loginAt(url, domain, credentials, settings, signal)
    } catch (failure) {
      last = failure
      if (!(failure instanceof Fault) || failure.code !== 'REGISTRY_UNREACHABLE') break
    }
  }
  throw last
}

async function loginAt(
  endpoint: string,
  domain: string,
  credentials: Credentials,
  settings: RegistrySettings,
  signal: AbortSignal,
): Promise<Login> {
  const transport = new Transport(settings)
  const url = `${endpoint}/v2/`
  const first = await transport.send(url, { signal })
  await first.body?.cancel()
  if (first.ok) return { identityToken: '' }
  if (first.status !== 401) throw registryFaults.NOT_A_REGISTRY(url, String(first.status))
  const authorizer = new Authorizer(transport, endpoint, domain, credentials)
  authorizer.challenged(first)
  const { authorization, identityToken } = await proof(authorizer, credentials, url, signal)
  const second = await transport.send(url, { signal, ...(authorization && { authorization }) })
  await second.body?.cancel()
  if (second.ok) return { identityToken }
  throw registryFaults.LOGIN(`login attempt to ${url} failed with status: ${second.status} ${second.statusText}`.trim())
}

async function proof(authorizer: Authorizer, credentials: Credentials, url: string, signal: AbortSignal) {
  if (authorizer.challenge?.scheme !== 'bearer') return { authorization: basicHeader(credentials), identityToken: '' }
  try {
    const token = await authorizer.token([], signal, true)
    return { authorization: `Bearer ${token.value}`, identityToken: token.refresh ?? '' }
  } catch (failure) {
    if (!(failure instanceof Fault) || failure.code !== 'REGISTRY_DENIED') throw failure
    throw registryFaults.LOGIN(`Get ${JSON.stringify(url)}: ${failure.message}`, { cause: failure })
  }
}
