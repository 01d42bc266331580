import {
  BRIDGE_GROUP,
  deleteLink,
  linkIndex,
  listLinks,
  newOverLink,
  newParent,
  type OverLink,
  setUp,
} from '../links/links.ts'
import { hasCode } from '../syscalls/call.ts'
import { enterNetwork } from '../syscalls/namespace.ts'
import type { NetlinkSocket } from '../syscalls/netlink.ts'
import type { Home } from './home.ts'
import { configureInterface, type InterfacePlan, insideNamespace } from './interfaces.ts'
import { connect, type PortPlan, removeLink } from './slots.ts'

/** A further interface for a namespace that is in use. */
export type PlugPlan = PortPlan & { path: string; inside: InterfacePlan }
/** The same over a link of the host (macvlan, ipvlan). `parent`: its name. */
export type OverPlan = {
  path: string
  parent: string
  inside: InterfacePlan
  over:
    | { kind: 'macvlan'; mode: (OverLink & { kind: 'macvlan' })['mode'] }
    | { kind: 'ipvlan'; mode: (OverLink & { kind: 'ipvlan' })['mode']; flag: (OverLink & { kind: 'ipvlan' })['flag'] }
}

/** Whole, or nothing of it is left. */
export function plug(plan: PlugPlan, home: Home): void {
  insideNamespace(plan.path, home, ({ namespace, route }) => {
    try {
      enterNetwork(home.namespace)
      connect(plan, plan.inside, home, namespace)
      enterNetwork(namespace)
      configureInterface(plan.inside, route)
    } catch (failure) {
      enterNetwork(home.namespace)
      removeLink(plan.link, home)
      throw failure
    }
  })
}

export function plugOver({ path, parent, inside: plan, over }: OverPlan, home: Home): void {
  insideNamespace(path, home, ({ namespace, route }) => {
    enterNetwork(home.namespace)
    const common = { name: plan.device, parent: linkIndex(home.route, parent), mtu: plan.mtu, namespace }
    const link: OverLink = over.kind === 'macvlan' ? { ...common, ...over, mac: plan.mac } : { ...common, ...over }
    home.route.run([newOverLink(link)], `make ${over.kind} over ${parent}`)
    enterNetwork(namespace)
    try {
      configureInterface(plan, route)
    } catch (failure) {
      removeDevice(plan.device, route)
      throw failure
    }
  })
}

/** Takes an interface out of a container; nothing to do is no error. */
export function unplug(path: string, device: string, home: Home): void {
  try {
    insideNamespace(path, home, ({ route }) => removeDevice(device, route))
  } catch (failure) {
    if (!hasCode(failure, 'ENOENT')) throw failure
  }
}

function removeDevice(device: string, route: NetlinkSocket): void {
  try {
    route.run([deleteLink(device)], `delete ${device}`)
  } catch (failure) {
    if (!hasCode(failure, 'ENODEV')) throw failure
  }
}

/** A link that others are made over. Made if it is not there: a dummy, or, where `vlan` is given, that VLAN of another link. True if an engine has made it. */
export function ensureParent(name: string, vlan: { parent: string; id: number } | undefined, home: Home): boolean {
  const found = listLinks(home.route).find(link => link.name === name)
  if (!found) {
    const over = vlan && { parent: linkIndex(home.route, vlan.parent), id: vlan.id }
    home.route.run([newParent(name, over)], `make link ${name}`)
  }
  home.route.run([setUp(name)], `set up link ${name}`)
  return found === undefined || found.group === BRIDGE_GROUP
}

export const hasLink = (name: string, { route }: Home): boolean => listLinks(route).some(link => link.name === name)
