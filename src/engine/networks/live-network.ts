import type { FirewallNetwork } from '../../host/firewall/ruleset.ts'
import type { LinkSysctl } from '../../host/links/sysctls.ts'
import type { NetworkRecord } from './network-spec.ts'
import type { Sandbox } from './sandbox.ts'
import type { DyingLink } from './take-down.ts'

/** An interface of a container as it was made. Plain JSON, stored with the container. `link`: its end on the host, where it has one. */
export type Plugged = {
  device: string
  link?: string
  mac: string
  addresses: { address: string; prefix: number }[]
}

/** What a container asks of its interface, checked. `device` undefined: the next that is free. */
export type Wish = {
  device?: string
  mac?: string
  ipv4?: string
  ipv6?: string
  linkLocal: string[]
  sysctls: LinkSysctl[]
}
export const NO_WISH: Wish = { linkLocal: [], sysctls: [] }

/** The way out of a network for one family; `gateway` undefined: all is on the link. */
export type WayOut = { gateway?: string }

/** How its ports are published. */
export type Publishing = { bindAddress: string }

/**
 * A network that containers are plugged into, while the daemon runs. Two kinds: bridge-network.ts, vlan-network.ts.
 *
 * A container that starts takes a namespace with its first interface in it (`takeSandbox`), and is plugged into its further
 * networks. Everything goes back by one of: `giveBack`, for a sandbox that nobody has used; `dying`, for the interfaces of a
 * namespace that is taken down as a whole; `unplug`, for one interface of a container that lives on.
 */
export type LiveNetwork = {
  readonly record: NetworkRecord
  /** undefined: no rule concerns it. */
  readonly firewall: FirewallNetwork | undefined
  /** Names of bridges that traffic is forwarded for. */
  readonly bridges: string[]
  /** `eth` of `eth0`. */
  readonly devicePrefix: string
  readonly publishing: Publishing | undefined
  /** undefined: no way out. */
  wayOut(plugged: Plugged, family: 4 | 6): WayOut | undefined
  /** Throws ADDRESS_TAKEN and NO_ADDRESS. */
  takeSandbox(wish: Wish): Promise<{ sandbox: Sandbox; plugged: Plugged }>
  giveBack(sandbox: Sandbox, plugged: Plugged): void
  /** A further interface for the namespace at the path. */
  plug(path: string, device: string, wish: Wish): Promise<Plugged>
  unplug(path: string, plugged: Plugged): Promise<void>
  /** What has to be waited for before the addresses are free. */
  dying(plugged: Plugged): DyingLink[]
  /** Of a container that lives on from an earlier daemon. */
  adopt(plugged: Plugged): void
  /** Something is on the host that was lost meanwhile: bridges are made, ports join them again. */
  restore(plugged: Plugged[]): Promise<void>
  holds(address: string): boolean
  reserve(address: string): boolean
  free(address: string): void
  /** Takes down what is ready and unused. */
  close(): Promise<void>
  /** The host's part goes: no container is in it. */
  remove(): Promise<void>
}
