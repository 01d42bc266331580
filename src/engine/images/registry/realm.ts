import { isIP } from 'node:net'
import { hostname } from './hosts.ts'

/** Second-level names under which registries of different owners live (`co.uk`). */
const SHARED_SECOND_LEVELS = new Set(['ac', 'co', 'com', 'edu', 'gov', 'mil', 'net', 'ne', 'or', 'org'])
const HUB_TOKEN_HOST = 'auth.docker.io'

/**
 * Whether the credentials for a registry may go to the token server that it names [CVE-2026-33540]: to its own host, to a host of
 * the same site (registry.example.com and auth.example.com), to Docker Hub's, or to one the administrator trusts for it.
 * From https never to http.
 */
export function mayTrustRealm(registry: URL, domain: string, realm: URL, trusted: readonly string[] = []): boolean {
  if (realm.protocol !== 'https:' && realm.protocol !== 'http:') return false
  if (registry.protocol === 'https:' && realm.protocol !== 'https:') return false
  if (trusted.includes(realm.host) || trusted.includes(realm.hostname)) return true
  if (domain === 'docker.io' && realm.host === HUB_TOKEN_HOST) return true
  return siteOf(registry) === siteOf(realm)
}

function siteOf(url: URL): string {
  const name = hostname(url.host).toLowerCase().replace(/\.$/, '')
  const labels = name.split('.')
  if (isIP(name) || labels.length <= 2) return name
  const [top = '', second = ''] = labels.toReversed()
  return labels.slice(top.length === 2 && SHARED_SECOND_LEVELS.has(second) ? -3 : -2).join('.')
}
