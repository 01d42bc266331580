import { BRIDGE_GROUP, listLinks } from '../links/links.ts'
import { isForwarding, setForwarding } from '../links/sysctls.ts'
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

const TEXT = `table inet ${FORWARDING_TABLE}
delete table inet ${FORWARDING_TABLE}
table inet ${FORWARDING_TABLE} {
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
export function openForwarding(nft: Nftables): boolean {
  using _lock = lockNetwork()
  if (isForwarding()) return isOurs(nft)
  nft.run(TEXT)
  setForwarding(true)
  return true
}

/** Puts the guard back that another program has flushed. */
export function guardForwarding(nft: Nftables): void {
  using _lock = lockNetwork()
  if (isForwarding()) nft.run(TEXT)
}

/** Switches forwarding off again if it was us and no instance has a bridge left. */
export function closeForwarding(nft: Nftables, route: NetlinkSocket): void {
  using _lock = lockNetwork()
  if (!isOurs(nft)) return
  if (listLinks(route).some(({ kind, group }) => kind === 'bridge' && group === BRIDGE_GROUP)) return
  setForwarding(false)
  nft.run(`delete table inet ${FORWARDING_TABLE}`)
}

const isOurs = (nft: Nftables): boolean =>
  nft.list('list tables').some(({ table }) => (table as { name?: string } | undefined)?.name === FORWARDING_TABLE)
