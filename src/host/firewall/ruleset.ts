import { formatIpv4, formatSubnet, type Subnet } from '../../formats/addresses/ipv4.ts'

/**
 * The firewall's text. Whatever comes from a request or a setting arrives here as a number or as a name that is checked
 * again in this file, and is printed by this file alone: there is no way for a text to become a rule.
 */
export type FirewallNetwork = {
  bridge: string
  subnet: Subnet
  /** Containers of the network may talk to each other. */
  icc: boolean
  masquerade: boolean
  /** Connections from the network to its own published ports are left to the port proxies instead of being rewritten. */
  proxyHairpin: 'all' | 'own' | 'none'
}

/** One published port. `host` undefined: every address of the host. */
export type Forward = {
  protocol: 'tcp' | 'udp'
  host?: number
  hostPort: number
  container: number
  containerPort: number
}

export type FirewallPlan = { table: string; networks: FirewallNetwork[]; forwards: Forward[] }

const TABLE = /^berth(?:_[0-9a-z]{1,24})?$/
const LINK = /^[A-Za-z0-9](?:[\w-]{0,14})$/

export function tableName(name: string): string {
  if (!TABLE.test(name)) throw new TypeError(`not the name of a table: ${JSON.stringify(name)}`)
  return name
}

export function linkName(name: string): string {
  if (!LINK.test(name)) throw new TypeError(`not the name of a link: ${JSON.stringify(name)}`)
  return name
}

function address(number: number): string {
  if (!Number.isInteger(number) || number < 0 || number > 0xffffffff) throw new TypeError(`not an address: ${number}`)
  return formatIpv4(number)
}

function port(number: number): string {
  if (!Number.isInteger(number) || number < 1 || number > 65535) throw new TypeError(`not a port: ${number}`)
  return String(number)
}

function protocol(name: string): string {
  if (name !== 'tcp' && name !== 'udp') throw new TypeError(`not a protocol: ${JSON.stringify(name)}`)
  return name
}

function subnet({ first, prefix }: Subnet): string {
  if (!Number.isInteger(prefix) || prefix < 1 || prefix > 32) throw new TypeError(`not a prefix length: ${prefix}`)
  address(first)
  return formatSubnet({ first, prefix })
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
${addText(name, forwards)}`
}

/** `published_at`: bound to one address of the host; `published_any`: to all. `own`: a container's address with the host ports that lead to it. */
const SETS = `  map published_at { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }
  map published_any { type inet_proto . inet_service : ipv4_addr . inet_service; }
  set own { type ipv4_addr . inet_proto . inet_service; }`

/**
 * Before anything else sees a packet. route_localnet on the bridges would let a neighbour send to, or in the name of, the
 * host's loopback (CVE-2020-8558), and rewriting would carry a packet for 127.0.0.1 from the wire to a port published on
 * loopback only (moby 28.0.0): no such packet comes from a wire in good faith. Nor is a container's own address for others
 * to route to: ports are reached where they are published.
 */
function guardChain(networks: FirewallNetwork[]): string {
  const direct = networks
    .filter(({ masquerade }) => masquerade)
    .map(network => `    iifname != "${linkName(network.bridge)}" ip daddr ${subnet(network.subnet)} drop`)
  return `  chain guard {
    type filter hook prerouting priority -300; policy accept;
    iifname != "lo" ip daddr 127.0.0.0/8 drop
    iifname != "lo" ip saddr 127.0.0.0/8 drop
${direct.join('\n')}
  }`
}

const REWRITE = `    dnat ip to ip daddr . meta l4proto . th dport map @published_at
    fib daddr type local dnat ip to meta l4proto . th dport map @published_any`

function prerouting(networks: FirewallNetwork[]): string {
  const hairpins = networks.flatMap(({ bridge, proxyHairpin }) => {
    const from = `    iifname "${linkName(bridge)}"`
    if (proxyHairpin === 'none') return []
    return proxyHairpin === 'all'
      ? [`${from} fib daddr type local accept`]
      : [`${from} ip saddr . meta l4proto . th dport @own accept`]
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
  const rules = networks.flatMap(network => {
    const [name, net] = [linkName(network.bridge), subnet(network.subnet)]
    return [
      `    oifname "${name}" ip saddr 127.0.0.0/8 masquerade`,
      `    ip saddr ${net} ip daddr ${net} ct status dnat masquerade`,
      ...(network.masquerade ? [`    oifname != "${name}" ip saddr ${net} masquerade`] : []),
    ]
  })
  return `  chain postrouting {
    type nat hook postrouting priority 100; policy accept;
${rules.join('\n')}
  }`
}

const chainInto = (bridge: string): string => `into_${linkName(bridge)}`

function forwardChain(networks: FirewallNetwork[]): string {
  const jumps = networks.map(({ bridge }) => `    oifname "${linkName(bridge)}" jump ${chainInto(bridge)}`)
  return `  chain forward {
    type filter hook forward priority 0; policy accept;
${jumps.join('\n')}
  }`
}

/** What may enter a network: answers, what a published port has rewritten, and, where icc is on, its own containers. */
const intoChain = ({ bridge, icc }: FirewallNetwork): string => `  chain ${chainInto(bridge)} {
    ct state established,related accept
    ct status dnat accept
${icc ? `    iifname "${linkName(bridge)}" accept\n` : ''}    drop
  }`

/** Commands that publish. One that is published already is no error. */
export const addText = (table: string, forwards: Forward[]): string => elementCommands('add', table, forwards)
/** Commands that withdraw; refused as a whole if one was not published. */
export const deleteText = (table: string, forwards: Forward[]): string => elementCommands('delete', table, forwards)

function elementCommands(verb: 'add' | 'delete', table: string, forwards: Forward[]): string {
  const at = forwards.filter(({ host }) => host !== undefined)
  const any = forwards.filter(({ host }) => host === undefined)
  const command = (set: string, elements: string[]): string[] =>
    elements.length === 0 ? [] : [`${verb} element inet ${tableName(table)} ${set} { ${elements.join(', ')} }`]
  const value = (each: Forward): string =>
    verb === 'add' ? ` : ${address(each.container)} . ${port(each.containerPort)}` : ''
  const key = (each: Forward): string => `${protocol(each.protocol)} . ${port(each.hostPort)}`
  const own = new Set(forwards.map(each => `${address(each.container)} . ${key(each)}`))
  return [
    ...command(
      'published_at',
      at.map(each => `${address(each.host ?? 0)} . ${key(each)}${value(each)}`),
    ),
    ...command(
      'published_any',
      any.map(each => `${key(each)}${value(each)}`),
    ),
    ...command('own', [...own]),
  ].join('\n')
}
