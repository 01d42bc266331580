import { parseIp } from '../../../formats/addresses/ip.ts'
import { holds, parseIpNetwork } from '../../../formats/addresses/ip-network.ts'
import { parseMac } from '../../../formats/addresses/mac.ts'
import type { EndpointSettings } from '../../../formats/engine-api/container.ts'
import type { LinkSysctl } from '../../../host/links/sysctls.ts'
import { networkFaults } from '../faults.ts'
import type { Wish } from '../live-network.ts'
import { isPredefined, type NetworkRecord } from '../network-spec.ts'

const OPTION = 'com.docker.network.endpoint'
const SYSCTL = /^net\.(ipv4|ipv6|mpls)\.(conf|neigh)\.IFNAME\.([a-z0-9_]+)=([^\s,]+)$/

/** What an endpoint asks of its network. Throws one 400 fault with everything that cannot be. */
export function readEndpoint(record: NetworkRecord, asked: EndpointSettings | null | undefined): Wish {
  const complaints: string[] = []
  const { IPv4Address = '', IPv6Address = '', LinkLocalIPs } = asked?.IPAMConfig ?? {}
  const wish: Wish = {
    ipv4: addressOf(4, IPv4Address, record, complaints),
    ipv6: addressOf(6, IPv6Address, record, complaints),
    mac: macOf(asked?.MacAddress ?? '', complaints),
    device: deviceOf(asked?.DriverOpts?.[`${OPTION}.ifname`], complaints),
    linkLocal: linkLocalOf(LinkLocalIPs ?? [], complaints),
    sysctls: sysctlsOf(asked?.DriverOpts?.[`${OPTION}.sysctls`], complaints),
  }
  if (isPredefined(record.name) && (asked?.Aliases ?? []).length > 0)
    complaints.push('network-scoped alias is supported only for containers in user defined networks')
  if (complaints.length > 0) throw networkFaults.BAD_ENDPOINT(record.name, complaints)
  return wish
}

function addressOf(family: 4 | 6, text: string, record: NetworkRecord, complaints: string[]): string | undefined {
  if (text === '') return undefined
  const { subnets } = record.spec
  const ip = parseIp(text)
  if (ip?.family !== family) complaints.push(`invalid IPv${family} address: ${text}`)
  if (isPredefined(record.name)) complaints.push('user specified IP address is supported on user defined networks only')
  if (subnets.every(({ isAutomatic }) => isAutomatic))
    complaints.push(
      'user specified IP address is supported only when connecting to networks with user configured subnets',
    )
  else if (!ip || !subnets.some(({ subnet }) => holds(parseIpNetwork(subnet)!.network, ip.text)))
    complaints.push(`no configured subnet or ip-range contain the IP address ${text}`)
  return ip?.text
}

function linkLocalOf(texts: string[], complaints: string[]): string[] {
  return texts.flatMap(text => {
    const ip = parseIp(text)
    if (!ip) complaints.push(`invalid link-local IP address: ${text}`)
    return ip?.text ?? []
  })
}

function macOf(text: string, complaints: string[]): string | undefined {
  if (text === '') return undefined
  const mac = parseMac(text)
  if (mac === undefined) complaints.push(`invalid MAC address ${text}`)
  return mac
}

function deviceOf(text: string | undefined, complaints: string[]): string | undefined {
  if (text === undefined || text === '') return undefined
  if (/^[A-Za-z][\w-]{0,14}$/.test(text) && text !== 'lo') return text
  complaints.push(`invalid interface name: ${text}`)
  return undefined
}

/** `net.ipv4.conf.IFNAME.log_martians=1,…` */
function sysctlsOf(text: string | undefined, complaints: string[]): LinkSysctl[] {
  return (text ?? '')
    .split(',')
    .filter(Boolean)
    .flatMap(setting => {
      const [, family = '', section = '', name = '', value = ''] = SYSCTL.exec(setting) ?? []
      if (family !== '') return [{ family, section, name, value } as LinkSysctl]
      complaints.push(`unrecognised network interface sysctl '${setting}'`)
      return []
    })
}
