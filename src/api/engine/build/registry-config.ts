import { type Credentials, credentialsFor, readAuthConfig } from '../../../engine/images/registry/credentials.ts'

const LARGEST = 1024 * 1024

/** X-Registry-Config: base64 of a JSON object, by registry an AuthConfig. What cannot be read is no credentials, as Docker has it. */
export function registryConfig(
  header: string | string[] | undefined,
): (registryHost: string) => Promise<Credentials | undefined> {
  const entries = entriesOf(Array.isArray(header) ? header[0] : header)
  return async host => {
    for (const [address, config] of entries) {
      const found = read(host, address, config)
      if (found) return found
    }
    return undefined
  }
}

/** The key says which registry it is for, whatever the entry says of itself. */
function read(host: string, address: string, config: unknown): Credentials | undefined {
  try {
    const credentials = readAuthConfig(config)
    return credentials && credentialsFor(host, { ...credentials, serverAddress: address })
  } catch {
    return undefined
  }
}

function entriesOf(text: string | undefined): [string, unknown][] {
  if (!text || text.length > LARGEST) return []
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, 'base64').toString('utf8'))
    return typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : []
  } catch {
    return []
  }
}
