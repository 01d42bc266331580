import { parseIp } from '../../formats/addresses/ip.ts'
import { type IpNetwork, networkAround, overlaps, parseIpNetwork } from '../../formats/addresses/ip-network.ts'
import { macOfAddress } from '../../formats/addresses/mac.ts'
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
import { disableIpv6, enableIpv6, setRouteLocalnet } from '../links/sysctls.ts'
import { hasCode } from '../syscalls/call.ts'
import { lockNetwork } from '../syscalls/namespace.ts'
import type { Home } from './home.ts'

/** `choices`: what addresses (`address/prefix`) the bridge may have, best first. `avoids`: a choice whose networks meet a route or an address of the host is passed over. */
export type BridgePlan = { name: string; mtu: number; choices: string[][]; avoids: boolean; routeLocalnet: boolean }
/** `isOwn`: made by an engine, now or before, and not found there. undefined: every choice was in use. */
export type BridgeMade = { index: number; addresses: string[]; isOwn: boolean } | undefined

/** A bridge of ours that is there already with the addresses of a choice is kept, with all its ports; one with others is replaced. One that is not ours keeps what it has, and gets what it lacks. */
export function ensureBridge(plan: BridgePlan, home: Home): BridgeMade {
  using _lock = lockNetwork()
  const found = listLinks(home.route).find(link => link.name === plan.name)
  if (found && found.kind !== 'bridge') throw new Error(`interface ${plan.name} exists and is no bridge`)
  const kept = found && choiceOf(found, plan, home)
  if (found && kept) return finish(plan, found, kept)
  if (found && found.group !== BRIDGE_GROUP) return useForeign(plan, found, home)
  if (found) home.route.run([deleteLink(found.index)], `replace bridge ${plan.name}`)
  const addresses = firstFree(plan, home)
  if (!addresses) return undefined
  return finish(plan, { index: make(plan, addresses, home), group: BRIDGE_GROUP }, addresses)
}

function choiceOf(bridge: Link, { choices }: BridgePlan, home: Home): string[] | undefined {
  const mine = listAddresses(home.route)
    .filter(({ index }) => index === bridge.index)
    .map(({ address, prefix }) => `${address}/${prefix}`)
  return choices.find(choice => choice.every(address => mine.includes(address)))
}

function finish(plan: BridgePlan, { index, group }: Pick<Link, 'index' | 'group'>, addresses: string[]): BridgeMade {
  const isOwn = group === BRIDGE_GROUP
  if (isOwn && !addresses.some(isV6)) disableIpv6(plan.name)
  if (plan.routeLocalnet) setRouteLocalnet(plan.name)
  return { index, addresses, isOwn }
}

const isV6 = (address: string): boolean => address.includes(':')

function useForeign(plan: BridgePlan, found: Link, home: Home): BridgeMade {
  const addresses = plan.choices[0] ?? []
  for (const address of addresses) {
    try {
      home.route.run([addressOn(found.index, address)], `add an address to ${plan.name}`)
    } catch (failure) {
      if (!hasCode(failure, 'EEXIST')) throw failure
    }
  }
  home.route.run([setUp(found.index)], `set up ${plan.name}`)
  return finish(plan, found, addresses)
}

/** Networks that the host uses: what it has routes to, and what its links have addresses in (their routes vanish while a link is down). */
function networksInUse({ route }: Home): IpNetwork[] {
  const addresses = listAddresses(route).map(({ address, prefix }) => networkAround(parseIp(address)!, prefix))
  return [...listRoutes(route).map(({ destination }) => destination), ...addresses]
}

/** The first of the networks (`10.1.0.0/16`) that the host does not use. */
export function findFreeNetwork(candidates: string[], home: Home): string | undefined {
  const used = networksInUse(home)
  return candidates.find(candidate => isFree(candidate, used))
}

function isFree(text: string, used: IpNetwork[]): boolean {
  const network = parseIpNetwork(text)?.network
  return network !== undefined && !used.some(other => overlaps(other, network))
}

function firstFree({ choices, avoids }: BridgePlan, home: Home): string[] | undefined {
  if (!avoids) return choices[0]
  const used = networksInUse(home)
  return choices.find(choice => choice.every(address => isFree(address, used)))
}

function make({ name, mtu }: BridgePlan, addresses: string[], { route }: Home): number {
  route.run([newBridge(name, macOfAddress(addresses[0] ?? name), mtu)], `make bridge ${name}`)
  const index = linkIndex(route, name)
  if (addresses.some(isV6)) enableIpv6(name)
  else disableIpv6(name)
  const requests = addresses.map(address => addressOn(index, address))
  route.run([...requests, setUp(index)], `configure bridge ${name}`)
  return index
}

function addressOn(index: number, text: string) {
  const parsed = parseIpNetwork(text)
  if (!parsed) throw new TypeError(`not an address with a prefix: ${text}`)
  return newAddress(index, parsed.address, parsed.network.prefix)
}

/** Links that are not there are passed over. */
export function joinBridge(bridge: number, links: string[], { route }: Home): void {
  const present = new Set(listLinks(route).map(({ name }) => name))
  const requests = links.filter(link => present.has(link)).map(link => setMaster(link, bridge))
  if (requests.length > 0) route.run(requests, 'join bridge')
}

/** Removes the bridge, if it is an engine's. Ports that are still on it stay without one; they go with their namespaces. */
export function removeBridge(name: string, { route }: Home): void {
  const bridge = listLinks(route).find(link => link.name === name)
  if (bridge?.kind !== 'bridge' || bridge.group !== BRIDGE_GROUP) return
  try {
    route.run([deleteLink(bridge.index)], `delete bridge ${name}`)
  } catch (failure) {
    if (!hasCode(failure, 'ENODEV')) throw failure
  }
}

export type FoundLink = { name: string; master: number }

/** The links of an instance: those whose name begins so. */
export function listOwnLinks(prefix: string, { route }: Home): FoundLink[] {
  return listLinks(route)
    .filter(({ name }) => name.startsWith(prefix))
    .map(({ name, master }) => ({ name, master }))
}
