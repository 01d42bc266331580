import type { Dial } from './dial.ts'
import { clientFaults } from './faults.ts'

/** Where a daemon listens. */
export type Endpoint = {
  /** As the user wrote it, for messages. */
  text: string
  address: { unix: string } | { hostname: string; port: number } | { dial: Dial }
  tls?: TlsSettings
  /** What precedes every request path, `''` mostly. */
  basePath: string
}

/** PEM texts; without `ca` the system's authorities count; `verify: false` accepts any certificate (`--tls` alone). */
export type TlsSettings = { ca?: string; cert?: string; key?: string; verify: boolean }

export const DEFAULT_HOST = 'unix:///run/berth/berth.sock'
const PORT = 2375
const TLS_PORT = 2376

/** Reads `unix:///path`, `tcp://host[:port][/path]`, `http(s)://…`, or `host:port`. Throws CLIENT_BAD_HOST with Docker's words. */
export function parseHost(given: string, tls?: TlsSettings): Endpoint {
  const text = given.trim()
  if (text === '') return parseHost(DEFAULT_HOST, tls)
  const at = text.indexOf('://')
  const scheme = at < 0 ? 'tcp' : text.slice(0, at)
  const rest = at < 0 ? text : text.slice(at + 3)
  if (scheme === 'unix') return { text, address: { unix: rest || '/run/berth/berth.sock' }, basePath: '' }
  if (scheme === 'tcp' || scheme === 'http' || scheme === 'https') return parseTcp(text, rest, tlsFor(scheme, tls))
  if (scheme === 'ssh' || scheme === 'npipe' || scheme === 'fd') {
    throw clientFaults.BAD_HOST(`hosts of kind ${scheme}:// are not supported: ${text}`)
  }
  throw clientFaults.BAD_HOST(`invalid bind address format: ${text}`)
}

const tlsFor = (scheme: string, tls: TlsSettings | undefined): TlsSettings | undefined =>
  scheme === 'https' ? (tls ?? { verify: true }) : tls

function parseTcp(text: string, rest: string, tls: TlsSettings | undefined): Endpoint {
  const match = /^(?:[^@/]*@)?(\[[^\]]*\]|[^:/[\]]*)(?::(\d*))?(\/.*)?$/.exec(rest)
  const port = match?.[2] ? Number(match[2]) : tls ? TLS_PORT : PORT
  if (!match || port < 1 || port > 65_535) throw clientFaults.BAD_HOST(`invalid bind address format: ${text}`)
  const hostname = match[1]!.replace(/^\[|\]$/g, '') || '127.0.0.1'
  const basePath = (match[3] ?? '').replace(/\/+$/, '')
  return { text: text.includes('://') ? text : `tcp://${text}`, address: { hostname, port }, tls, basePath }
}
