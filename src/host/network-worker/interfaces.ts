import { closeSync, openSync } from 'node:fs'
import { defaultRoute, deleteDefaultRoute, newAddress } from '../links/addresses.ts'
import { linkIndex, setUp } from '../links/links.ts'
import { disableIpv6, enableIpv6, type LinkSysctl, setLinkSysctl } from '../links/sysctls.ts'
import { hasCode } from '../syscalls/call.ts'
import { enterNetwork } from '../syscalls/namespace.ts'
import { NETLINK_ROUTE, NetlinkSocket } from '../syscalls/netlink.ts'
import type { Home } from './home.ts'

/** An interface as its container sees it. */
export type InterfacePlan = {
  /** `eth0` */
  device: string
  mtu: number
  mac: string
  addresses: { address: string; prefix: number }[]
  hasIpv6: boolean
  /** Default routes, at most one of each family. */
  routes: DefaultRoute[]
  sysctls: LinkSysctl[]
}

/** `gateway` undefined: all is on the link itself. */
export type DefaultRoute = { family: 4 | 6; device: string; gateway?: string }

export const LOOPBACK = 1
/** More default routes of one family than this are somebody else's doing. */
const ROUTES_MOST = 16

/** In the namespace that the thread and the socket are in. IPv6 is settled before the link is up. */
export function configureInterface(plan: InterfacePlan, route: NetlinkSocket): void {
  const { device, addresses, hasIpv6 } = plan
  if (hasIpv6) enableIpv6(device)
  else disableIpv6(device)
  for (const setting of plan.sysctls) setLinkSysctl(device, setting)
  const index = linkIndex(route, device)
  const requests = [setUp(index), ...addresses.map(({ address, prefix }) => newAddress(index, address, prefix))]
  for (const { family, gateway } of plan.routes) requests.push(defaultRoute(index, family, gateway))
  route.run(requests, `configure ${device}`)
}

/** Does the work in the namespace at the path, and comes back. */
export function insideNamespace<T>(
  path: string,
  home: Home,
  work: (inside: { namespace: number; route: NetlinkSocket }) => T,
): T {
  const namespace = openSync(path, 'r')
  try {
    enterNetwork(namespace)
    using route = new NetlinkSocket(NETLINK_ROUTE)
    return work({ namespace, route })
  } finally {
    enterNetwork(home.namespace)
    closeSync(namespace)
  }
}

/** The default routes of a container are these, and no others. */
export function setRoutes(path: string, routes: DefaultRoute[], home: Home): void {
  insideNamespace(path, home, ({ route }) => {
    for (const family of [4, 6] as const) {
      const wanted = routes.find(each => each.family === family)
      if (!wanted || family === 6) clearRoutes(family, route)
      if (wanted) route.run([defaultRoute(linkIndex(route, wanted.device), family, wanted.gateway)], 'set the gateway')
    }
  })
}

function clearRoutes(family: 4 | 6, route: NetlinkSocket): void {
  try {
    for (let count = 0; count < ROUTES_MOST; count++) route.run([deleteDefaultRoute(family)], 'take a gateway away')
  } catch (failure) {
    if (!hasCode(failure, 'ESRCH', 'ENOENT', 'EAFNOSUPPORT', 'EOPNOTSUPP')) throw failure
  }
}
