import { parseMac } from '../../../formats/addresses/mac.ts'
import { parseCsvLine } from '../../../formats/csv/csv.ts'
import type { EndpointSettings } from '../../../formats/engine-api/container.ts'
import { pairOf } from './resources.ts'

/** One `--network`: a name alone, or `name=…,alias=…,ip=…`. */
export type NetworkFlag = {
  target: string
  aliases: string[]
  links: string[]
  ipv4: string
  ipv6: string
  mac: string
  linkLocal: string[]
  driverOptions: Record<string, string>
  gatewayPriority: number
}

export const emptyNetwork = (target: string): NetworkFlag => ({
  target,
  aliases: [],
  links: [],
  ipv4: '',
  ipv6: '',
  mac: '',
  linkLocal: [],
  driverOptions: {},
  gatewayPriority: 0,
})

/** Throws with docker's words. Source: docker/cli opts/network.go. */
export function parseNetwork(text: string): NetworkFlag {
  if (!/\w+=\w+(,\w+=\w+)*/.test(text)) return emptyNetwork(text)
  const network = emptyNetwork('')
  for (const field of parseCsvLine(text)) {
    const at = field.indexOf('=')
    if (at <= 0) throw new Error(`invalid field ${field}`)
    setField(
      network,
      field.slice(0, at).trim().toLowerCase(),
      field
        .slice(at + 1)
        .trim()
        .toLowerCase(),
    )
  }
  if (network.target === '') throw new Error('network name/id is not specified')
  return network
}

function setField(network: NetworkFlag, key: string, value: string): void {
  if (key === 'name') network.target = value
  else if (key === 'alias') network.aliases.push(value)
  else if (key === 'ip') network.ipv4 = value
  else if (key === 'ip6') network.ipv6 = value
  else if (key === 'mac-address') network.mac = value
  else if (key === 'link-local-ip') network.linkLocal.push(value)
  else if (key === 'driver-opt') setDriverOption(network, value)
  else if (key === 'gw-priority') network.gatewayPriority = priority(value)
  else throw new Error(`invalid field key ${key}`)
}

function setDriverOption(network: NetworkFlag, text: string): void {
  const [key, value] = pairOf(text)
  if (!text.includes('=') || key === '') throw new Error('invalid key value pair format in driver options')
  network.driverOptions[key.trim()] = value.trim()
}

function priority(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw new Error(`invalid gw-priority (${text}): invalid syntax`)
  return Number(text)
}

const NOT_USER_DEFINED = ['bridge', 'host', 'none', 'default']
export const isUserDefined = (name: string): boolean =>
  !NOT_USER_DEFINED.includes(name) && !name.startsWith('container:')

/** The flags that came before `--network` had fields: they speak for the first network. */
export type OldNetworkFlags = {
  aliases: string[]
  links: string[]
  ipv4: string
  ipv6: string
  mac: string
  linkLocal: string[]
}

/** NetworkingConfig.EndpointsConfig for the networks asked for. Throws with docker's words where flags contradict each other. */
export function endpointsConfig(networks: NetworkFlag[], old: OldNetworkFlags): Record<string, EndpointSettings> {
  const asked = networks.length > 0 ? networks : [emptyNetwork('default')]
  const endpoints: Record<string, EndpointSettings> = {}
  for (const [place, network] of asked.entries()) {
    const whole = place === 0 ? withOldFlags(network, old) : network
    const endpoint = endpointOf(whole)
    if (Object.hasOwn(endpoints, whole.target)) {
      throw new Error(`network ${JSON.stringify(whole.target)} is specified multiple times`)
    }
    const isPlain = networks.length === 1 && Object.keys(endpoint).length === 0
    if (!isPlain) endpoints[whole.target] = endpoint
  }
  const kinds = new Set(networks.map(({ target }) => isUserDefined(target)))
  if (kinds.size > 1) {
    throw new Error('conflicting options: cannot attach both user-defined and non-user-defined network-modes')
  }
  return endpoints
}

function withOldFlags(network: NetworkFlag, old: OldNetworkFlags): NetworkFlag {
  const both = (one: string | string[], other: string | string[], words: string) => {
    if (one.length > 0 && other.length > 0) throw new Error(`conflicting options: cannot specify both ${words}`)
  }
  both(network.aliases, old.aliases, '--network-alias and per-network alias')
  both(network.links, old.links, '--link and per-network links')
  both(network.ipv4, old.ipv4, '--ip and per-network IPv4 address')
  both(network.ipv6, old.ipv6, '--ip6 and per-network IPv6 address')
  both(network.mac, old.mac, '--mac-address and per-network MAC address')
  both(network.linkLocal, old.linkLocal, '--link-local-ip and per-network link-local IP addresses')
  return {
    ...network,
    aliases: [...network.aliases, ...old.aliases],
    links: isUserDefined(network.target) ? old.links : network.links,
    ipv4: network.ipv4 || old.ipv4,
    ipv6: network.ipv6 || old.ipv6,
    mac: network.mac || old.mac,
    linkLocal: [...network.linkLocal, ...old.linkLocal],
  }
}

function endpointOf(network: NetworkFlag): EndpointSettings {
  if (network.target.trim() === '') throw new Error('no name set for network')
  if (!isUserDefined(network.target) && network.aliases.length > 0) {
    throw new Error('network-scoped aliases are only supported for user-defined networks')
  }
  if (!isUserDefined(network.target) && network.links.length > 0) {
    throw new Error('links are only supported for user-defined networks')
  }
  const endpoint: EndpointSettings = {}
  if (network.gatewayPriority) endpoint.GwPriority = network.gatewayPriority
  if (network.aliases.length > 0) endpoint.Aliases = network.aliases
  if (network.links.length > 0) endpoint.Links = network.links
  if (Object.keys(network.driverOptions).length > 0) endpoint.DriverOpts = network.driverOptions
  if (network.ipv4 || network.ipv6 || network.linkLocal.length > 0) {
    endpoint.IPAMConfig = { IPv4Address: network.ipv4, IPv6Address: network.ipv6, LinkLocalIPs: network.linkLocal }
  }
  if (network.mac) endpoint.MacAddress = checkedMac(network.mac)
  return endpoint
}

export function checkedMac(mac: string): string {
  if (parseMac(mac.trim()) === undefined) throw new Error(`${mac} is not a valid mac address`)
  return mac
}
