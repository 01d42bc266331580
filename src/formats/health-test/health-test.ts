import { isIP } from 'node:net'
import type { HealthConfig } from '../engine-api/common.ts'

/**
 * What a container's health check does. `command` is Docker's (`CMD`, `CMD-SHELL`); `http` and `tcp` need no program in the
 * image: `["HTTP", "http://localhost:8080/ready"]`, `["TCP", "localhost:5432"]`. Addresses are as seen inside of the container.
 */
export type HealthTest =
  | { kind: 'command'; words: string[] }
  | { kind: 'http'; address: string; port: number; host: string; path: string }
  | { kind: 'tcp'; address: string; port: number }

export const HEALTH_ACTIONS = ['none', 'kill', 'restart', 'stop'] as const
/** What is done to a container that has become unhealthy. */
export type HealthAction = (typeof HEALTH_ACTIONS)[number]

const DEFAULT_SHELL = ['/bin/sh', '-c']
/** The request of a probe has to fit into one buffer of it. */
const LONGEST_PATH = 1024

/** undefined: no check (`NONE`, or none given). Throws an Error that says what is wrong with an address. */
export function parseHealthTest({ Test }: HealthConfig, shell?: string[] | null): HealthTest | undefined {
  const [kind, ...words] = Test ?? []
  switch (kind) {
    case 'CMD':
      return words.length > 0 ? { kind: 'command', words } : undefined
    case 'CMD-SHELL':
      return { kind: 'command', words: [...(shell && shell.length > 0 ? shell : DEFAULT_SHELL), ...words.slice(0, 1)] }
    case 'HTTP':
      return parseHttp(words)
    case 'TCP':
      return { kind: 'tcp', ...parsePlace(only(words)) }
    default:
      return undefined
  }
}

function only(words: string[]): string {
  if (words.length !== 1 || !words[0]) throw new Error('expected one address')
  return words[0]
}

function parseHttp(words: string[]): HealthTest {
  const given = only(words)
  const url = URL.canParse(given) ? new URL(given) : undefined
  if (url?.protocol !== 'http:' || url.username || url.password) {
    throw new Error(`${JSON.stringify(given)} is not an http:// address`)
  }
  const path = `${url.pathname}${url.search}`
  if (path.length > LONGEST_PATH) throw new Error(`a path longer than ${LONGEST_PATH} bytes`)
  return { kind: 'http', ...parsePlace(`${url.hostname}:${url.port || '80'}`), host: url.host, path }
}

/** `host:port`; the host is this container, by name or address: a check has no resolver. */
function parsePlace(text: string): { address: string; port: number } {
  const found = /^(.*):(\d{1,5})$/.exec(text)
  const port = Number(found?.[2] ?? 0)
  const host = (found?.[1] ?? '').replace(/^\[(.*)\]$/, '$1')
  const address = host === '' || host === 'localhost' ? '127.0.0.1' : host
  if (!found || port < 1 || port > 65_535) throw new Error(`${JSON.stringify(text)} has no port`)
  if (isIP(address) === 0) throw new Error(`${JSON.stringify(host)} is neither localhost nor an address`)
  return { address, port }
}
