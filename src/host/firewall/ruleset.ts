import { parseIp } from '../../formats/addresses/ip.ts'
import { networkText, parseIpNetwork } from '../../formats/addresses/ip-network.ts'
import { elementCommands, type Forward } from './elements.ts'
import { address, linkName, tableName } from './words.ts'

/**
 * The firewall's text. Whatever comes from a request or a setting is checked again in words.ts, and printed in its canonical
 * spelling by this folder alone: there is no way for a text to become a rule.
 */
export type FirewallNetwork = {
  bridge: string
  /** Containers of the network may talk to each other. */
  icc: boolean
  /** No way in or out. */
  internal: boolean
  /** Connections from the network to its own published ports are left to the port proxies instead of being rewritten. */
  proxyHairpin: 'all' | 'own' | 'none'
  /** One for each network of addresses. */
  families: FirewallSubnet[]
}

/** Docker's gateway modes: `nat` lets in what is published and rewritten, `nat-unprotected` everything, `routed` published ports at the container's own address. */
export type GatewayMode = 'nat' | 'nat-unprotected' | 'routed'
export type FirewallSubnet = {
  /** `172.18.0.0/16` */
  subnet: string
  masquerade: boolean
  /** The address of the host that is shown to the world instead of that of the way out. */
  source?: string
  mode: GatewayMode
  /** Links of the host from which containers may be reached at their own addresses. */
  trusted: string[]
}

export type FirewallPlan = { table: string; networks: FirewallNetwork[]; forwards: Forward[] }

const subnetOf = (text: string): { ip: 'ip' | 'ip6'; net: string } => {
  const parsed = parseIpNetwork(text)
  if (!parsed || parsed.network.prefix < 1) throw new TypeError(`not a network: ${JSON.stringify(text)}`)
  return { ip: parsed.network.family === 4 ? 'ip' : 'ip6', net: networkText(parsed.network) }
}

/** The whole table, made anew in one transaction: no packet sees half of it, or a moment without it. */
export function tableText({ table, networks, forwards }: FirewallPlan): string {
  const name = tableName(table)
  return `table inet ${name}
delete table inet ${name}
table inet ${name} {
${SETS}
${guardChain(networks)}
${prerouting(networks)}
${OUTPUT}
${postrouting(networks)}
${forwardChain(networks)}
${networks.map(intoChain).join('\n')}
}
${elementCommands('add', name, forwards)}`
}

/**
 * `published_at`: bound to one address of the host; `published_any`: to all. `own`: a container's address with the host ports
 * that lead to it. `open`: ports of containers that are reached where they are. Those with 6 are for IPv6.
 */
const setsOf = (
  six: '' | '6',
  type: string,
): string => `  map published${six}_at { type ${type} . inet_proto . inet_service : ${type} . inet_service; }
  map published${six}_any { type inet_proto . inet_service : ${type} . inet_service; }
  set own${six} { type ${type} . inet_proto . inet_service; }
  set open${six} { type ${type} . inet_proto . inet_service; }`
const SETS = `${setsOf('', 'ipv4_addr')}\n${setsOf('6', 'ipv6_addr')}`

/**
 * Before anything else sees a packet. route_localnet on the bridges would let a neighbour send to, or in the name of, the
 * host's loopback (CVE-2020-8558), and rewriting would carry a packet for 127.0.0.1 from the wire to a port published on
 * loopback only (moby 28.0.0): no such packet comes from a wire in good faith. Nor is a container's own address for others
 * to route to: ports are reached where they are published. From an internal network nothing but the network is reached, not
 * even other addresses of this machine.
 */
function guardChain(networks: FirewallNetwork[]): string {
  return `  chain guard {
    type filter hook prerouting priority -300; policy accept;
    iifname != "lo" ip daddr 127.0.0.0/8 drop
    iifname != "lo" ip saddr 127.0.0.0/8 drop
${networks.flatMap(network => [...direct(network), ...confined(network)]).join('\n')}
  }`
}

const direct = ({ bridge, families }: FirewallNetwork): string[] =>
  families
    .filter(({ masquerade, mode }) => masquerade && mode === 'nat')
    .map(({ subnet, trusted }) => {
      const { ip, net } = subnetOf(subnet)
      const from = [...new Set([bridge, ...trusted])].map(link => `"${linkName(link)}"`)
      return `    iifname != ${from.length > 1 ? `{ ${from.join(', ')} }` : from[0]} ${ip} daddr ${net} drop`
    })

const ANYBODY = { ip: '224.0.0.0/4, 255.255.255.255', ip6: 'fe80::/10, ff00::/8' } as const

function confined({ bridge, internal, families }: FirewallNetwork): string[] {
  if (!internal) return []
  return (['ip', 'ip6'] as const).map(family => {
    const nets = families.map(({ subnet }) => subnetOf(subnet)).filter(({ ip }) => ip === family)
    const allowed = [...nets.map(({ net }) => net), ANYBODY[family]].join(', ')
    return `    iifname "${linkName(bridge)}" ${family} daddr != { ${allowed} } drop`
  })
}

/** A connection to ::1 cannot be sent on: the port proxy takes it. */
const REWRITE = `    dnat ip to ip daddr . meta l4proto . th dport map @published_at
    fib daddr type local dnat ip to meta l4proto . th dport map @published_any
    ip6 daddr ::1 accept
    dnat ip6 to ip6 daddr . meta l4proto . th dport map @published6_at
    fib daddr type local dnat ip6 to meta l4proto . th dport map @published6_any`

function prerouting(networks: FirewallNetwork[]): string {
  const hairpins = networks.flatMap(({ bridge, proxyHairpin }) => {
    const from = `    iifname "${linkName(bridge)}"`
    if (proxyHairpin === 'none') return []
    return proxyHairpin === 'all'
      ? [`${from} fib daddr type local accept`]
      : [
          `${from} ip saddr . meta l4proto . th dport @own accept`,
          `${from} ip6 saddr . meta l4proto . th dport @own6 accept`,
        ]
  })
  return `  chain prerouting {
    type nat hook prerouting priority -100; policy accept;
${hairpins.join('\n')}
${REWRITE}
  }`
}

const OUTPUT = `  chain output {
    type nat hook output priority -100; policy accept;
${REWRITE}
  }`

/** A neighbour that came by the host's address, or the host by loopback, is shown as the gateway: the answer has to come back this way. */
function postrouting(networks: FirewallNetwork[]): string {
  return `  chain postrouting {
    type nat hook postrouting priority 100; policy accept;
${networks.flatMap(network => [`    oifname "${linkName(network.bridge)}" ip saddr 127.0.0.0/8 masquerade`, ...network.families.flatMap(family => outward(network, family))]).join('\n')}
  }`
}

function outward(
  { bridge, internal }: FirewallNetwork,
  { subnet, masquerade, source, mode }: FirewallSubnet,
): string[] {
  const { ip, net } = subnetOf(subnet)
  const back = `    ${ip} saddr ${net} ${ip} daddr ${net} ct status dnat masquerade`
  if (!masquerade || internal || mode === 'routed') return [back]
  const from = source === undefined ? undefined : parseIp(source)
  const isUsable = from && from.family === (ip === 'ip' ? 4 : 6)
  const shown = isUsable ? `snat ${ip} to ${address(from.text)}` : 'masquerade'
  return [back, `    oifname != "${linkName(bridge)}" ${ip} saddr ${net} ${shown}`]
}

const chainInto = (bridge: string): string => `into_${linkName(bridge)}`

function forwardChain(networks: FirewallNetwork[]): string {
  const closed = networks
    .filter(({ internal }) => internal)
    .map(({ bridge }) => `    iifname "${linkName(bridge)}" oifname != "${linkName(bridge)}" drop`)
  const jumps = networks.map(({ bridge }) => `    oifname "${linkName(bridge)}" jump ${chainInto(bridge)}`)
  return `  chain forward {
    type filter hook forward priority 0; policy accept;
${[...closed, ...jumps].join('\n')}
  }`
}

/** What may enter a network: answers, what a published port has rewritten, and, where icc is on, its own containers. */
function intoChain(network: FirewallNetwork): string {
  const { bridge, icc, internal, families } = network
  const rules = [
    ...(internal ? [] : ['ct state established,related accept', 'ct status dnat accept']),
    ...(internal ? [] : families.flatMap(opened)),
    ...(icc ? [`iifname "${linkName(bridge)}" accept`] : []),
    'drop',
  ]
  return `  chain ${chainInto(bridge)} {\n${rules.map(rule => `    ${rule}`).join('\n')}\n  }`
}

function opened({ subnet, mode }: FirewallSubnet): string[] {
  const { ip, net } = subnetOf(subnet)
  if (mode === 'nat') return []
  if (mode === 'nat-unprotected') return [`${ip} daddr ${net} accept`]
  const echo = ip === 'ip' ? 'icmp type echo-request' : 'icmpv6 type echo-request'
  return [
    `${ip} daddr . meta l4proto . th dport @open${ip === 'ip' ? '' : '6'} accept`,
    `${ip} daddr ${net} ${echo} accept`,
  ]
}
