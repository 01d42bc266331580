import { closeSync, openSync } from 'node:fs'
import { deleteLink, newVethPair, type PortOptions, setPort, setUp } from '../links/links.ts'
import { disableIpv6 } from '../links/sysctls.ts'
import { createNamespace, namespacePath, removeNamespace } from '../namespaces/namespaces.ts'
import { hasCode } from '../syscalls/call.ts'
import { enterNetwork, OWN_NETWORK } from '../syscalls/namespace.ts'
import { NETLINK_ROUTE, NetlinkSocket } from '../syscalls/netlink.ts'
import type { Home } from './home.ts'
import { configureInterface, type InterfacePlan, LOOPBACK } from './interfaces.ts'

/** The end on the host of an interface on a bridge. */
export type PortPlan = {
  link: string
  /** Index of the bridge. */
  bridge: number
  port: PortOptions
}

/** A namespace with one interface on a bridge, as it has to be made. `name`: 12 hex characters, the file in `directory`. */
export type SlotPlan = PortPlan & { directory: string; name: string; inside: InterfacePlan }

/** Builds it whole, or leaves nothing. About 1.5 ms, most of it under the kernel's RTNL lock. */
export function buildSlot(plan: SlotPlan, home: Home): void {
  const path = namespacePath(plan.directory, plan.name)
  const inside = createNamespace(path, home.namespace, openInside)
  try {
    connect(plan, plan.inside, home, inside.namespace)
    enterNetwork(inside.namespace)
    inside.route.run([setUp(LOOPBACK)], 'set up loopback')
    configureInterface(plan.inside, inside.route)
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

/** Makes the pair with its inner end in the namespace, and sets the outer end up. */
export function connect(
  { link, bridge, port }: PortPlan,
  { device, mac, mtu }: InterfacePlan,
  { route }: Home,
  namespace: number,
): void {
  const pair = newVethPair({ name: link, master: bridge, mtu, peer: { name: device, mac, namespace } })
  const isPlain = !port.isolated && !port.hairpin
  route.run(isPlain ? [pair] : [pair, setPort(link, port)], `make link ${link}`)
  disableIpv6(link)
  route.run([setUp(link)], `set up link ${link}`)
}

/** Takes a link away, if it is there. */
export function removeLink(link: string, { route }: Home): void {
  try {
    route.run([deleteLink(link)], `delete link ${link}`)
  } catch (failure) {
    if (!hasCode(failure, 'ENODEV')) throw failure
  }
}
