import { closeSync, openSync } from 'node:fs'
import { defaultRoute, newAddress } from '../links/addresses.ts'
import { deleteLink, linkIndex, newVethPair, type PortOptions, setPort, setUp } from '../links/links.ts'
import { disableIpv6 } from '../links/sysctls.ts'
import { createNamespace, namespacePath, removeNamespace } from '../namespaces/namespaces.ts'
import { hasCode } from '../syscalls/call.ts'
import { enterNetwork, OWN_NETWORK } from '../syscalls/namespace.ts'
import { NETLINK_ROUTE, NetlinkSocket } from '../syscalls/netlink.ts'

/** A namespace with one interface on a bridge, as it has to be made. Addresses are numbers. */
export type SlotPlan = {
  directory: string
  /** 12 hex characters: the file in `directory`. */
  name: string
  /** Of the end on the host. */
  link: string
  /** Index of the bridge. */
  bridge: number
  mtu: number
  address: number
  prefix: number
  /** undefined: no default route. */
  gateway?: number
  mac: string
  port: PortOptions
}

export const CONTAINER_LINK = 'eth0'
const LOOPBACK = 1

/** What the thread needs in its own namespace. */
export type Home = { namespace: number; route: NetlinkSocket }

/** Builds it whole, or leaves nothing. About 1.5 ms, most of it under the kernel's RTNL lock. */
export function buildSlot(plan: SlotPlan, home: Home): void {
  const path = namespacePath(plan.directory, plan.name)
  const inside = createNamespace(path, home.namespace, openInside)
  try {
    connect(plan, home, inside.namespace)
    enterNetwork(inside.namespace)
    configure(plan, inside.route)
  } catch (failure) {
    enterNetwork(home.namespace)
    removeLink(plan.link, home)
    removeNamespace(path)
    throw failure
  } finally {
    enterNetwork(home.namespace)
    inside.route[Symbol.dispose]()
    closeSync(inside.namespace)
  }
}

const openInside = () => ({ namespace: openSync(OWN_NETWORK, 'r'), route: new NetlinkSocket(NETLINK_ROUTE) })

export function buildLoopback(path: string, home: Home): void {
  createNamespace(path, home.namespace, () => {
    using route = new NetlinkSocket(NETLINK_ROUTE)
    route.run([setUp(LOOPBACK)], 'set up loopback')
  })
}

function connect({ link, bridge, mtu, mac, port }: SlotPlan, { route }: Home, namespace: number): void {
  const pair = newVethPair({ name: link, master: bridge, mtu, peer: { name: CONTAINER_LINK, mac, namespace } })
  const isPlain = !port.isolated && !port.hairpin
  route.run(isPlain ? [pair] : [pair, setPort(link, port)], `make link ${link}`)
  disableIpv6(link)
  route.run([setUp(link)], `set up link ${link}`)
}

function configure({ address, prefix, gateway }: SlotPlan, route: NetlinkSocket): void {
  disableIpv6(CONTAINER_LINK)
  const index = linkIndex(route, CONTAINER_LINK)
  const requests = [setUp(LOOPBACK), setUp(index), newAddress(index, address, prefix)]
  if (gateway !== undefined) requests.push(defaultRoute(index, gateway))
  route.run(requests, 'configure namespace')
}

/** Takes a link away, if it is there. */
export function removeLink(link: string, { route }: Home): void {
  try {
    route.run([deleteLink(link)], `delete link ${link}`)
  } catch (failure) {
    if (!hasCode(failure, 'ENODEV')) throw failure
  }
}
