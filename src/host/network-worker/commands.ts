import type { Forward } from '../firewall/elements.ts'
import type { FlowsOf } from '../firewall/flows.ts'
import type { FirewallPlan } from '../firewall/ruleset.ts'
import type { BridgeMade, BridgePlan, FoundLink } from './bridge.ts'
import type { DefaultRoute } from './interfaces.ts'
import type { OverPlan, PlugPlan } from './plugs.ts'
import type { SlotPlan } from './slots.ts'

/** What can be asked of the network worker: argument and answer of each command. All plain data. */
export type Commands = {
  /** Makes the directory ready for namespaces. */
  openNamespaces: (argument: { directory: string }) => void
  closeNamespaces: (argument: { directory: string }) => void
  ensureBridge: (argument: BridgePlan) => BridgeMade
  /** Makes links that are there ports of the bridge; for a bridge that was lost under running containers. */
  joinBridge: (argument: { bridge: number; links: string[] }) => void
  removeBridge: (argument: { name: string }) => void
  /** The first that meets no route and no address of the host. */
  findFreeNetwork: (argument: { candidates: string[] }) => string | undefined
  hasLink: (argument: { name: string }) => boolean
  ensureParent: (argument: { name: string; vlan?: { parent: string; id: number } }) => boolean
  buildSlot: (argument: SlotPlan) => void
  /** Another interface for a namespace that is in use. */
  plug: (argument: PlugPlan) => void
  plugOver: (argument: OverPlan) => void
  /** Takes an interface away from inside. */
  unplug: (argument: { path: string; device: string }) => void
  /** Questions for the embedded resolver go to this port. */
  redirectNames: (argument: { path: string; port: number }) => void
  setRoutes: (argument: { path: string; routes: DefaultRoute[] }) => void
  /** A namespace with nothing but its loopback. */
  buildLoopback: (argument: { directory: string; name: string }) => void
  /** Gives up the namespaces. The kernel destroys each with its link, many at once and behind this call, when no process is in it. */
  removeNamespaces: (argument: { directory: string; names: string[] }) => void
  /** Takes links away now, each if it is there. About 30 ms for one: for those whose namespace lives on in a process. */
  removeLinks: (argument: string[]) => void
  /** What is there: links whose name begins so, names in the directory. */
  survey: (argument: { prefix: string; directory: string }) => { links: FoundLink[]; namespaces: string[] }
  /** Puts the instance's table in place whole. */
  replaceTable: (argument: FirewallPlan) => void
  deleteTable: (argument: { table: string }) => void
  hasTable: (argument: { table: string }) => boolean
  /** One transaction. */
  changeForwards: (argument: { table: string; add: Forward[]; remove: Forward[] }) => void
  forgetFlows: (argument: FlowsOf) => void
  /** True if forwarding is ours to guard. */
  openForwarding: (argument: null) => boolean
  /** The same for IPv6, once a network has it. */
  openForwardingIpv6: (argument: null) => boolean
  /** Puts the guards in place that are ours and gone. */
  guardForwarding: (argument: { ipv4: boolean; ipv6: boolean }) => void
  closeForwarding: (argument: null) => void
  /** Accepts what other firewalls drop on the way to and from the bridge; answers with the chains concerned. */
  acceptForeign: (argument: { owner: string; bridges: string[] }) => string[]
  withdrawForeign: (argument: { owner: string }) => void
  /** A number that changes whenever anybody has changed the firewall. */
  firewallGeneration: (argument: null) => number
}

export type CommandName = keyof Commands
export type Argument<Name extends CommandName> = Parameters<Commands[Name]>[0]
export type CommandAnswer<Name extends CommandName> = ReturnType<Commands[Name]>

export type ToWorker = { [Name in CommandName]: { id: number; name: Name; argument: Argument<Name> } }[CommandName]
export type FromWorker = { id: number; answer?: unknown; failure?: { message: string; code?: string } }
