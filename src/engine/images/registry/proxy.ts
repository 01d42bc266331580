import { BlockList, isIP } from 'node:net'
import { hostname } from './hosts.ts'
import type { Proxies } from './settings.ts'

/** The proxy for a URL by the rules of HTTP_PROXY, HTTPS_PROXY and NO_PROXY as Go reads them; loopback is never proxied. */
export function proxyFor(url: URL, proxies: Proxies): string | undefined {
  const proxy = url.protocol === 'https:' ? proxies.https : proxies.http
  if (!proxy || isExcluded(url, proxies.none ?? '')) return undefined
  return proxy.includes('://') ? proxy : `http://${proxy}`
}

function isExcluded(url: URL, none: string): boolean {
  const host = hostname(url.host).toLowerCase()
  if (host === 'localhost' || host === '::1' || host.startsWith('127.')) return true
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  return none.split(',').some(entry => excludes(entry.trim().toLowerCase(), host, port))
}

function excludes(entry: string, host: string, port: string): boolean {
  if (entry === '') return false
  if (entry === '*') return true
  if (entry.includes('/')) return inNetwork(entry, host)
  const [, name = '', only] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? []
  if (only && only !== port) return false
  if (name.startsWith('.')) return host.endsWith(name)
  const bare = name.replace(/^\*\./, '')
  return host === bare || host.endsWith(`.${bare}`)
}

function inNetwork(network: string, host: string): boolean {
  const [base = '', bits = ''] = network.split('/')
  const family = isIP(base)
  if (family === 0 || isIP(host) !== family || !/^\d{1,3}$/.test(bits)) return false
  const list = new BlockList()
  const kind = family === 6 ? 'ipv6' : 'ipv4'
  try {
    list.addSubnet(base, Number(bits), kind)
  } catch {
    return false
  }
  return list.check(host, kind)
}
