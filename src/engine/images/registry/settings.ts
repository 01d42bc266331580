/** How the daemon speaks with registries; filled from daemon.json by daemon/config. */
export type RegistrySettings = {
  /** `host`, `host:port` or CIDR; loopback is built in. Their certificates are not checked and http is tried where https is not spoken. */
  insecureRegistries: readonly string[]
  /** Base URLs asked before Docker Hub, for docker.io alone. */
  mirrors: readonly string[]
  /** Each holds `<host[:port]>/{*.crt, *.cert, *.key}`. */
  certificateDirectories: readonly string[]
  proxies: Proxies
  /** Registry domain → further token hosts that its credentials may be sent to. */
  trustedRealms: Readonly<Record<string, readonly string[]>>
  concurrentDownloads: number
  /** To each registry. */
  concurrentUploads: number
  /** Tries for one manifest or layer before it is given up. */
  attempts: number
  /** The first pause between tries; each next one is twice as long, with jitter. */
  retryBaseMs: number
  /** Without an answer, or without a byte of a body, for so long a connection counts as dead. */
  stallMs: number
  userAgent: string
}

/** URLs of proxies as HTTP_PROXY, HTTPS_PROXY and NO_PROXY give them. */
export type Proxies = { http?: string; https?: string; none?: string }

export const DEFAULT_REGISTRY_SETTINGS: RegistrySettings = {
  insecureRegistries: [],
  mirrors: [],
  certificateDirectories: ['/etc/berth/certs.d', '/etc/docker/certs.d'],
  proxies: {},
  trustedRealms: {},
  concurrentDownloads: 3,
  concurrentUploads: 5,
  attempts: 5,
  retryBaseMs: 1000,
  stallMs: 30_000,
  userAgent: 'berth/0.1.0',
}
