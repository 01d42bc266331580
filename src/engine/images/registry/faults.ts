import { defineFaults } from '../../../base/faults.ts'

/** What goes wrong between the daemon and a registry; the texts are Docker's where clients know them. */
export const registryFaults = defineFaults('REGISTRY', {
  /** `what` as Go's net/http words it: `dial tcp 127.0.0.1:5000: connect: connection refused`. */
  UNREACHABLE: {
    kind: 'unavailable',
    message: (method: string, url: string, what: string) => `${method} ${JSON.stringify(url)}: ${what}`,
  },
  RESET: {
    kind: 'unavailable',
    message: (method: string, url: string, what: string) => `${method} ${JSON.stringify(url)}: ${what}`,
  },
  /** 5xx: the same request may succeed later. */
  BUSY: { kind: 'unavailable', message: (what: string) => what },
  STALLED: {
    kind: 'unavailable',
    message: (url: string, ms: number) => `Get ${JSON.stringify(url)}: no data for ${ms / 1000} s`,
  },
  CUT_OFF: {
    kind: 'unavailable',
    message: (url: string, got: number, size: number) =>
      `Get ${JSON.stringify(url)}: connection closed after ${got} of ${size} bytes: unexpected EOF`,
  },
  CANCELLED: { kind: 'cancelled', message: () => 'context canceled' },
  /** The registry's own words, `manifest unknown: manifest unknown`. */
  NOT_FOUND: { kind: 'not-found', message: (what: string) => what },
  DENIED: { kind: 'forbidden', message: (what: string) => what },
  NO_BASIC: {
    kind: 'forbidden',
    message: (url: string) => `Get ${JSON.stringify(url)}: no basic auth credentials`,
    hint: 'log in to this registry first: berth login',
  },
  TOO_MANY_REQUESTS: { kind: 'unavailable', message: (what: string) => `toomanyrequests: ${what}` },
  STATUS: { kind: 'unavailable', message: (what: string) => what },
  LOGIN: { kind: 'unauthorized', message: (what: string) => what },
  NOT_A_REGISTRY: {
    kind: 'unavailable',
    message: (url: string, status: string) => `error pinging v2 registry ${url}: ${status}`,
  },
  TOO_LARGE: {
    kind: 'invalid',
    message: (what: string, limit: number) => `${what} is larger than the limit of ${limit} bytes`,
  },
  ANSWER: { kind: 'unavailable', message: (what: string) => `unexpected answer of the registry: ${what}` },
  REDIRECT: {
    kind: 'unavailable',
    message: (url: string, why: string) => `redirect to ${JSON.stringify(url)} refused: ${why}`,
  },
  REALM: {
    kind: 'forbidden',
    message: (domain: string, realm: string) =>
      `registry ${domain} wants its credentials to be sent to ${realm}, which is not its own site`,
    hint: 'credentials go only to the site of the registry that they are for',
  },
  DIGEST: {
    kind: 'invalid',
    message: (what: string, wanted: string, got: string) =>
      `${what} verification failed for digest ${wanted}: got ${got}`,
  },
  SIZE: {
    kind: 'invalid',
    message: (what: string, wanted: number) => `${what} does not have the ${wanted} bytes of its descriptor`,
  },
  NO_PLATFORM: {
    kind: 'not-found',
    message: (platform: string) => `no matching manifest for ${platform} in the manifest list entries`,
  },
  NESTING: { kind: 'invalid', message: () => 'the image index is nested too deeply' },
  AUTH_HEADER: { kind: 'invalid', message: (what: string) => `invalid X-Registry-Auth header: ${what}` },
  SCHEME: {
    kind: 'invalid',
    message: (term: string) => `invalid repository name: repository name (${term}) should not have a scheme`,
  },
  ADDRESS: { kind: 'invalid', message: (address: string) => `invalid registry address ${JSON.stringify(address)}` },
})
