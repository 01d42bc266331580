import { openSync } from 'node:fs'
import { addText, deleteText } from '../firewall/elements.ts'
import { forgetFlows } from '../firewall/flows.ts'
import { acceptForeign, withdrawForeign } from '../firewall/foreign.ts'
import { closeForwarding, guardForwarding, openForwarding, openForwardingIpv6 } from '../firewall/forwarding.ts'
import { generation } from '../firewall/generation.ts'
import { redirectNames } from '../firewall/names.ts'
import { tableText } from '../firewall/ruleset.ts'
import { tableName } from '../firewall/words.ts'
import {
  closeNamespaces,
  listNamespaces,
  namespacePath,
  openNamespaces,
  removeNamespace,
} from '../namespaces/namespaces.ts'
import { OWN_NETWORK } from '../syscalls/namespace.ts'
import { NETLINK_NETFILTER, NETLINK_ROUTE, NetlinkSocket } from '../syscalls/netlink.ts'
import { Nftables } from '../syscalls/nftables.ts'
import { ensureBridge, findFreeNetwork, joinBridge, listOwnLinks, removeBridge } from './bridge.ts'
import type { Commands, FromWorker, ToWorker } from './commands.ts'
import type { Home } from './home.ts'
import { insideNamespace, setRoutes } from './interfaces.ts'
import { ensureParent, hasLink, plug, plugOver, unplug } from './plugs.ts'
import { buildLoopback, buildSlot, removeLink } from './slots.ts'

/**
 * A thread of its own for kernel calls of the network: it may wait for the kernel's locks, and may be in another network
 * namespace for a moment, which the main thread must never be. Each command is one synchronous function.
 */
declare const self: {
  onmessage: ((event: { data: ToWorker }) => void) | null
  postMessage(message: FromWorker): void
}

const home: Home = { namespace: openSync(OWN_NETWORK, 'r'), route: new NetlinkSocket(NETLINK_ROUTE) }
const netfilter = new NetlinkSocket(NETLINK_NETFILTER)
const nft = new Nftables()

const hasTable = (name: string): boolean =>
  nft.list('list tables').some(({ table }) => (table as { name?: string } | undefined)?.name === name)

const handlers: Commands = {
  openNamespaces: ({ directory }) => openNamespaces(directory),
  closeNamespaces: ({ directory }) => closeNamespaces(directory),
  ensureBridge: plan => ensureBridge(plan, home),
  joinBridge: ({ bridge, links }) => joinBridge(bridge, links, home),
  removeBridge: ({ name }) => removeBridge(name, home),
  findFreeNetwork: ({ candidates }) => findFreeNetwork(candidates, home),
  hasLink: ({ name }) => hasLink(name, home),
  ensureParent: ({ name, vlan }) => ensureParent(name, vlan, home),
  plug: plan => plug(plan, home),
  plugOver: plan => plugOver(plan, home),
  unplug: ({ path, device }) => unplug(path, device, home),
  redirectNames: ({ path, port }) => insideNamespace(path, home, () => redirectNames(port)),
  setRoutes: ({ path, routes }) => setRoutes(path, routes, home),
  buildSlot: plan => buildSlot(plan, home),
  buildLoopback: ({ directory, name }) => buildLoopback(namespacePath(directory, name), home),
  removeNamespaces: ({ directory, names }) => {
    for (const name of names) removeNamespace(namespacePath(directory, name))
  },
  removeLinks: links => {
    for (const link of links) removeLink(link, home)
  },
  survey: ({ prefix, directory }) => ({ links: listOwnLinks(prefix, home), namespaces: listNamespaces(directory) }),
  replaceTable: plan => void nft.run(tableText(plan)),
  deleteTable: ({ table }) => void nft.run(`table inet ${tableName(table)}\ndelete table inet ${tableName(table)}`),
  hasTable: ({ table }) => hasTable(table),
  changeForwards: ({ table, add, remove }) =>
    void nft.run([deleteText(table, remove), addText(table, add)].filter(Boolean).join('\n')),
  forgetFlows: flows => forgetFlows(flows, netfilter),
  openForwarding: () => openForwarding(nft),
  openForwardingIpv6: () => openForwardingIpv6(nft),
  guardForwarding: guards => guardForwarding(nft, guards),
  closeForwarding: () => closeForwarding(nft, home.route),
  acceptForeign: ({ owner, bridges }) => acceptForeign(owner, bridges, nft),
  withdrawForeign: ({ owner }) => withdrawForeign(owner, nft),
  firewallGeneration: () => generation(netfilter),
}

self.onmessage = ({ data }) => {
  try {
    const handle = handlers[data.name] as (argument: unknown) => unknown
    self.postMessage({ id: data.id, answer: handle(data.argument) })
  } catch (thrown) {
    self.postMessage({ id: data.id, failure: failureOf(thrown) })
  }
}

function failureOf(thrown: unknown): { message: string; code?: string } {
  if (!(thrown instanceof Error)) return { message: String(thrown) }
  return { message: thrown.message, ...('code' in thrown ? { code: String(thrown.code) } : {}) }
}
