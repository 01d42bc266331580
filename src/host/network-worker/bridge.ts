import { overlap, parseCidr, type Subnet, subnetAround } from '../../formats/addresses/ipv4.ts'
import { macOf } from '../../formats/addresses/mac.ts'
import { listAddresses, listRoutes, newAddress } from '../links/addresses.ts'
import {
  BRIDGE_GROUP,
  deleteLink,
  type Link,
  linkIndex,
  listLinks,
  newBridge,
  setMaster,
  setUp,
} from '../links/links.ts'
import { disableIpv6, setRouteLocalnet } from '../links/sysctls.ts'
import { hasCode } from '../syscalls/call.ts'
import { lockNetwork } from '../syscalls/namespace.ts'
import type { Home } from './slots.ts'

/** `candidates` are `address/prefix` of the bridge itself, best first; the first whose network meets no route and no address of the host is taken. */
export type BridgePlan = { name: string; mtu: number; candidates: string[]; routeLocalnet: boolean }
/** `cidr`: the candidate that it has; undefined: every candidate was in use. */
export type BridgeMade = { index: number; cidr: string } | undefined

/** A bridge that is there already with the address of a candidate is kept, with all its ports; one with another address is replaced. */
export function ensureBridge(plan: BridgePlan, home: Home): BridgeMade {
  using _lock = lockNetwork()
  const found = listLinks(home.route).find(link => link.name === plan.name)
  if (found && found.kind !== 'bridge') throw new Error(`interface ${plan.name} exists and is no bridge`)
  const kept = found && addressOf(found, plan, home)
  if (found && kept) return finish(plan, found.index, kept)
  if (found) home.route.run([deleteLink(found.index)], `replace bridge ${plan.name}`)
  const cidr = firstFree(plan.candidates, home)
  return cidr === undefined ? undefined : finish(plan, make(plan, cidr, home), cidr)
}

function addressOf(bridge: Link, plan: BridgePlan, home: Home): string | undefined {
  const mine = listAddresses(home.route).filter(({ index }) => index === bridge.index)
  return plan.candidates.find(candidate => {
    const wanted = parseCidr(candidate)
    return mine.some(({ address, prefix }) => address === wanted?.address && prefix === wanted.subnet.prefix)
  })
}

function finish({ name, routeLocalnet }: BridgePlan, index: number, cidr: string): BridgeMade {
  disableIpv6(name)
  if (routeLocalnet) setRouteLocalnet(name)
  return { index, cidr }
}

/** Networks that the host uses: what it has routes to, and what its links have addresses in (their routes vanish while a link is down). */
function networksInUse({ route }: Home): Subnet[] {
  const addresses = listAddresses(route).map(({ address, prefix }) => subnetAround(address, prefix))
  return [...listRoutes(route).map(({ destination }) => destination), ...addresses]
}

function firstFree(candidates: string[], home: Home): string | undefined {
  const used = networksInUse(home)
  return candidates.find(candidate => {
    const subnet = parseCidr(candidate)?.subnet
    return subnet && !used.some(other => overlap(other, subnet))
  })
}

function make({ name, mtu }: BridgePlan, cidr: string, { route }: Home): number {
  const { address, subnet } = parseCidr(cidr) ?? missing(cidr)
  route.run([newBridge(name, macOf(address), mtu)], `make bridge ${name}`)
  const index = linkIndex(route, name)
  disableIpv6(name)
  route.run([newAddress(index, address, subnet.prefix), setUp(index)], `configure bridge ${name}`)
  return index
}

function missing(cidr: string): never {
  throw new TypeError(`not an address with a prefix: ${cidr}`)
}

/** Links that are not there are passed over. */
export function joinBridge(bridge: number, links: string[], { route }: Home): void {
  const present = new Set(listLinks(route).map(({ name }) => name))
  const requests = links.filter(link => present.has(link)).map(link => setMaster(link, bridge))
  if (requests.length > 0) route.run(requests, 'join bridge')
}

/** Removes the bridge with every port that is still on it. */
export function removeBridge(name: string, { route }: Home): void {
  const links = listLinks(route)
  const bridge = links.find(link => link.name === name && link.kind === 'bridge' && link.group === BRIDGE_GROUP)
  if (!bridge) return
  const doomed = [...links.filter(link => link.master === bridge.index && link.kind === 'veth'), bridge]
  for (const { index, name: each } of doomed) remove(index, each, route)
}

function remove(index: number, name: string, route: Home['route']): void {
  try {
    route.run([deleteLink(index)], `delete link ${name}`)
  } catch (failure) {
    if (!hasCode(failure, 'ENODEV')) throw failure
  }
}

/** Names of the bridge's ports. */
export function listPorts(name: string, { route }: Home): string[] {
  const links = listLinks(route)
  const bridge = links.find(link => link.name === name && link.kind === 'bridge')
  return bridge ? links.filter(link => link.master === bridge.index).map(link => link.name) : []
}
