import { BRIDGE_GROUP, listLinks } from '../links/links.ts'
import {
  isForwarding,
  isForwardingIpv6,
  keepRouterAdvertisements,
  setForwarding,
  setForwardingIpv6,
} from '../links/sysctls.ts'
import { lockNetwork } from '../syscalls/namespace.ts'
import type { NetlinkSocket } from '../syscalls/netlink.ts'
import type { Nftables } from '../syscalls/nftables.ts'

/**
 * The kernel forwards packets for containers only if it forwards at all, and then it does so between all links: a machine
 * that was no router would become one. Whoever switches forwarding on here also drops what is forwarded between links that
 * belong to no engine. The table says that it was us, for as long as any instance has a bridge.
 */
export const FORWARDING_TABLE = 'berth_forwarding'

/** Bridges of other engines, which have rules of their own and rely on forwarding once it is on. */
const OTHER_ENGINES = [
  'docker0',
  'docker_gwbridge',
  'br-*',
  'podman*',
  'cni*',
  'nerdctl*',
  'virbr*',
  'lxcbr*',
  'incusbr*',
]
const names = OTHER_ENGINES.map(name => `"${name}"`)

type Guard = { family: 'inet' | 'ip6'; table: string; isOn: () => boolean; set: (on: boolean) => void }

const IPV4: Guard = { family: 'inet', table: FORWARDING_TABLE, isOn: isForwarding, set: setForwarding }
const IPV6: Guard = { family: 'ip6', table: `${FORWARDING_TABLE}6`, isOn: isForwardingIpv6, set: setForwardingIpv6 }

const textOf = ({ family, table }: Guard): string => `table ${family} ${table}
delete table ${family} ${table}
table ${family} ${table} {
  chain forward {
    type filter hook forward priority 10; policy accept;
    iifgroup ${BRIDGE_GROUP} accept
    oifgroup ${BRIDGE_GROUP} accept
${names.map(name => `    iifname ${name} accept\n    oifname ${name} accept`).join('\n')}
    ct status dnat accept
    drop
  }
}`

/** Switches forwarding on, with the guard, if it is off. True if it was us, now or before. */
export const openForwarding = (nft: Nftables): boolean => open(IPV4, nft)

/** The same for IPv6. A machine that forwards would no longer hear its own routers: links that did go on doing so. */
export function openForwardingIpv6(nft: Nftables): boolean {
  if (!isForwardingIpv6()) keepRouterAdvertisements()
  return open(IPV6, nft)
}

function open(guard: Guard, nft: Nftables): boolean {
  using _lock = lockNetwork()
  if (guard.isOn()) return isOurs(guard, nft)
  nft.run(textOf(guard))
  guard.set(true)
  return true
}

/** Puts the guards back that another program has flushed. `ipv6`: that one is ours too. */
export function guardForwarding(nft: Nftables, guards: { ipv4: boolean; ipv6: boolean }): void {
  using _lock = lockNetwork()
  for (const guard of [...(guards.ipv4 ? [IPV4] : []), ...(guards.ipv6 ? [IPV6] : [])]) {
    if (guard.isOn() && !isOurs(guard, nft)) nft.run(textOf(guard))
  }
}

/** Switches forwarding off again if it was us and no instance has a bridge left. */
export function closeForwarding(nft: Nftables, route: NetlinkSocket): void {
  using _lock = lockNetwork()
  if (listLinks(route).some(({ kind, group }) => kind === 'bridge' && group === BRIDGE_GROUP)) return
  for (const guard of [IPV4, IPV6]) {
    if (!isOurs(guard, nft)) continue
    guard.set(false)
    nft.run(`delete table ${guard.family} ${guard.table}`)
  }
}

const isOurs = ({ table: name }: Guard, nft: Nftables): boolean =>
  nft.list('list tables').some(({ table }) => (table as { name?: string } | undefined)?.name === name)
