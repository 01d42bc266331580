import type { LinkedHost } from '../networks.ts'
import { linkedLines } from './linked-hosts.ts'

/** /etc/hosts of a container, as Docker writes it. */
const LOCAL = ['127.0.0.1\tlocalhost']
const LOCAL_V6 = [
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::0\tip6-localnet',
  'ff00::0\tip6-mcastprefix',
  'ff02::1\tip6-allnodes',
  'ff02::2\tip6-allrouters',
]

export type HostsFile = {
  /** `name:address`, checked; `host-gateway` stands for the addresses beside it. */
  extraHosts: string[]
  hostGateways: string[]
  links: LinkedHost[]
  /** Of the container in its network. */
  own?: { addresses: string[]; hostname: string; domainname: string }
}

export function hostsText({ extraHosts, hostGateways, links, own }: HostsFile): string {
  const extra = extraLines(extraHosts, hostGateways)
  const mine = own ? own.addresses.map(address => `${address}\t${ownNames(own)}`) : []
  return `${[...LOCAL, ...LOCAL_V6, ...extra, ...linkedLines(links), ...mine].join('\n')}\n`
}

/** For a container in the host's network: the host's file with the extra names. */
export function hostsTextOfHost(host: string, extraHosts: string[], hostGateways: string[]): string {
  const extra = extraLines(extraHosts, hostGateways)
  const head = host.endsWith('\n') || host === '' ? host : `${host}\n`
  return extra.length > 0 ? `${head}${extra.join('\n')}\n` : head
}

export const ownNames = ({ hostname, domainname }: { hostname: string; domainname: string }): string =>
  domainname ? `${hostname}.${domainname} ${hostname}` : hostname

function extraLines(extraHosts: string[], hostGateways: string[]): string[] {
  return extraHosts.flatMap(text => {
    const { name, address } = splitExtraHost(text)
    const addresses = address === 'host-gateway' ? hostGateways : [address]
    return addresses.map(each => `${each}\t${name}`)
  })
}

/** The first colon divides: an address of version 6 has more. Brackets around it are taken off. */
export function splitExtraHost(text: string): { name: string; address: string } {
  const at = text.indexOf(':')
  return { name: text.slice(0, at), address: text.slice(at + 1).replace(/^\[(.*)\]$/, '$1') }
}

/** The file with lines for these addresses at its end, and without those for others; what a person has written stays. */
export function changeHosts(text: string, names: string, change: { add: string[]; remove: string[] }): string {
  const gone = change.remove.map(address => `${address}\t${names}`)
  const kept = text.split('\n').filter(line => !gone.includes(line))
  while (kept.at(-1) === '') kept.pop()
  return `${[...kept, ...change.add.map(address => `${address}\t${names}`)].join('\n')}\n`
}
