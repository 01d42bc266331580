import { registryFaults } from './faults.ts'

/** What a client gives for a registry. Never logged, never in an error. */
export type Credentials = {
  username?: string
  password?: string
  /** An OAuth refresh token, in place of the password. */
  identityToken?: string
  /** A bearer token, used as it is. */
  registryToken?: string
  /** The registry they are for, if the client said so. */
  serverAddress?: string
}

const MAX_HEADER = 64 * 1024
/** Docker Hub's names through the years, as credentials are filed under them. */
const HUB_HOSTS = new Set([
  'docker.io',
  'index.docker.io',
  'registry-1.docker.io',
  'registry.hub.docker.com',
  'registry.docker.io',
])

/** X-Registry-Auth: base64url of the JSON of an AuthConfig. What cannot be read is no credentials, as Docker has it for pulls. */
export function credentialsFromHeader(header: string | string[] | undefined): Credentials | undefined {
  const text = Array.isArray(header) ? header[0] : header
  if (!text || text.length > MAX_HEADER) return undefined
  try {
    return readAuthConfig(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))
  } catch {
    return undefined
  }
}

/** The JSON of an AuthConfig, from the header or the body of POST /auth. Throws registryFaults.AUTH_HEADER. */
export function readAuthConfig(value: unknown): Credentials | undefined {
  if (typeof value !== 'object' || value === null) throw registryFaults.AUTH_HEADER('not an object')
  const source = value as Record<string, unknown>
  const field = (name: string): string => {
    const found = source[name] ?? ''
    if (typeof found !== 'string') throw registryFaults.AUTH_HEADER(`${name} must be a string`)
    return found
  }
  const [username, password] = splitAuth(field('auth'), field('username'), field('password'))
  const credentials: Credentials = {
    ...(username && { username }),
    ...(password && { password }),
    ...(field('identitytoken') && { identityToken: field('identitytoken') }),
    ...(field('registrytoken') && { registryToken: field('registrytoken') }),
    ...(field('serveraddress') && { serverAddress: field('serveraddress') }),
  }
  return isEmpty(credentials) ? undefined : credentials
}

const isEmpty = ({ serverAddress: _, ...secrets }: Credentials): boolean => Object.keys(secrets).length === 0

function splitAuth(auth: string, username: string, password: string): [string, string] {
  if (username || !auth) return [username, password]
  const text = Buffer.from(auth, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0 ? ['', ''] : [text.slice(0, colon), text.slice(colon + 1).replace(/\0+$/, '')]
}

/** Only those that were given for this registry: credentials for one are never shown to another [CVE-2021-41092]. */
export function credentialsFor(domain: string, credentials: Credentials | undefined): Credentials | undefined {
  if (!credentials?.serverAddress) return credentials
  return registryOf(credentials.serverAddress) === normalHost(domain) ? credentials : undefined
}

/** `https://index.docker.io/v1/` → `docker.io`, `http://h:5000/v2/` → `h:5000`. Throws registryFaults.ADDRESS. */
export function registryOf(address: string): string {
  const host = address.replace(/^https?:\/\//i, '').split('/', 1)[0] ?? ''
  if (!/^(?:[A-Za-z0-9_.-]+|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/.test(host)) throw registryFaults.ADDRESS(address)
  return normalHost(host)
}

const normalHost = (host: string): string => {
  const lower = host.toLowerCase().replace(/:443$/, '')
  return HUB_HOSTS.has(lower) ? 'docker.io' : lower
}
