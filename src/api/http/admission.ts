import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { httpFaults } from './faults.ts'

/**
 * On a TCP socket without TLS the attacker is a page in a browser on this machine: it can send requests to 127.0.0.1 (CSRF) or to
 * a name of its own that resolves there (DNS rebinding). Browsers say so: they send Origin or Sec-Fetch-Site, and Host is their name.
 */
export function refuseBrowsers(message: IncomingMessage): void {
  const { origin, host } = message.headers
  if (origin !== undefined || message.headers['sec-fetch-site'] !== undefined) throw httpFaults.FOREIGN_PAGE()
  if (host !== undefined && !isPlainHost(host)) throw httpFaults.FOREIGN_PAGE()
}

/** An address, or a name without dots such as `localhost` or `docker`, which no page can be served from. */
function isPlainHost(host: string): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  return isIP(name) !== 0 || !name.includes('.')
}

export const admitAll = (): void => {}
