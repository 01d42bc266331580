import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import { DEFAULT_DOMAIN } from '../../../formats/reference/reference.ts'
import type { RegistrySettings } from './settings.ts'

/** One place that may serve a repository. */
export type Endpoint = {
  /** Without the final slash: `https://registry-1.docker.io`. */
  url: string
  mirror: boolean
}

/** Docker Hub's registry is not where its name says. */
const HUB_REGISTRY = 'registry-1.docker.io'

/** Where to ask for a repository of `domain`, in order. http is only ever there for an insecure registry [CVE-2014-5277]. */
export async function endpointsOf(domain: string, settings: RegistrySettings): Promise<Endpoint[]> {
  if (domain === DEFAULT_DOMAIN) {
    const mirrors = settings.mirrors.map(url => ({ url: url.replace(/\/+$/, ''), mirror: true }))
    return [...mirrors, { url: `https://${HUB_REGISTRY}`, mirror: false }]
  }
  const secure = { url: `https://${domain}`, mirror: false }
  if (!(await isInsecure(domain, settings))) return [secure]
  return [secure, { url: `http://${domain}`, mirror: false }]
}

/** Whether `host[:port]` is one whose TLS is not checked: loopback, or listed by the administrator. */
export async function isInsecure(host: string, settings: RegistrySettings): Promise<boolean> {
  const name = hostname(host)
  if (name === 'localhost' || isLoopback(name)) return true
  const networks = settings.insecureRegistries.filter(entry => entry.includes('/'))
  const names = settings.insecureRegistries.filter(entry => !entry.includes('/')).map(entry => entry.toLowerCase())
  if (names.includes(host.toLowerCase()) || names.includes(name.toLowerCase())) return true
  return networks.length > 0 && isInside(await addressesOf(name), networks)
}

/** `[::1]:5000` → `::1`. */
export const hostname = (host: string): string =>
  host.startsWith('[') ? host.slice(1, host.indexOf(']')) : host.replace(/:\d+$/, '')

function isLoopback(address: string): boolean {
  const list = new BlockList()
  list.addSubnet('127.0.0.0', 8, 'ipv4')
  list.addAddress('::1', 'ipv6')
  return inList(list, address)
}

/** Every address has to be inside: one that points elsewhere would be spoken to without any check. */
function isInside(addresses: string[], networks: string[]): boolean {
  const list = new BlockList()
  for (const network of networks) {
    const [base = '', bits = ''] = network.split('/')
    if (isIP(base)) list.addSubnet(base, Number(bits), isIP(base) === 6 ? 'ipv6' : 'ipv4')
  }
  return addresses.length > 0 && addresses.every(address => inList(list, address))
}

const inList = (list: BlockList, address: string): boolean =>
  isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

async function addressesOf(name: string): Promise<string[]> {
  if (isIP(name)) return [name]
  try {
    return (await lookup(name, { all: true })).map(found => found.address)
  } catch {
    return []
  }
}
