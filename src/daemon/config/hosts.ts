import { isIP } from 'node:net'
import { configFaults } from './faults.ts'

/** Where the daemon listens. */
export type HostAddress = { kind: 'unix'; path: string } | { kind: 'tcp'; host: string; port: number } | { kind: 'fd' }

const TLS_PORT = 2376
const BARE_PORT = 2375

/** `unix:///path`, `tcp://[address][:port]`, `fd://`; a bare `/path` and `address:port` are read as people mean them. */
export function parseHost(text: string, tls: boolean): HostAddress {
  const url = /^(?:(\w+):\/\/)?(.*)$/.exec(text.trim())
  const scheme = url?.[1] ?? (text.startsWith('/') ? 'unix' : 'tcp')
  const rest = url?.[2] ?? ''
  if (scheme === 'fd') return { kind: 'fd' }
  if (scheme === 'unix' && rest.startsWith('/') && Buffer.byteLength(rest) < 108) return { kind: 'unix', path: rest }
  if (scheme === 'tcp') return parseTcp(text, rest, tls)
  throw configFaults.HOST(text)
}

function parseTcp(text: string, rest: string, tls: boolean): HostAddress {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:/[\]]*))(?::(\d{1,5}))?\/?$/.exec(rest)
  if (!match) throw configFaults.HOST(text)
  const host = match[1] ?? match[2] ?? ''
  const port = match[3] === undefined ? (tls ? TLS_PORT : BARE_PORT) : Number(match[3])
  if (port > 65535 || (match[1] !== undefined && isIP(match[1]) !== 6)) throw configFaults.HOST(text)
  return { kind: 'tcp', host: host || '127.0.0.1', port }
}
