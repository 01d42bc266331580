import type { PortMap } from '../../formats/engine-api/common.ts'
import type { EndpointSettings } from '../../formats/engine-api/container.ts'
import type { NetworkCreate, NetworkResource } from '../../formats/engine-api/network.ts'
import type { Plugged } from './live-network.ts'

/** `names`: words with a blank between them. */
export type LinkedHost = { address: string; names: string }

/** What a container asks of the network: the parts of its create body that concern it. */
export type NetworkRequest = {
  containerId: string
  /** Of the container, without slash. */
  name: string
  /** HostConfig.NetworkMode: `default`, `bridge`, `none`, `host`, `container:<id>`. */
  mode: string
  hostname: string
  domainname: string
  portBindings: PortMap
  /** Keys as in Config.ExposedPorts: `80/tcp`. */
  exposed: string[]
  publishAll: boolean
  endpoints: Record<string, EndpointSettings | null>
  macAddress?: string
  dns: string[]
  dnsSearch: string[]
  dnsOptions: string[]
  /** `name:address`, where the address may be `host-gateway`. */
  extraHosts: string[]
  /** Containers that are named in /etc/hosts, on the default bridge. */
  links?: LinkedHost[]
  /** dataRoot/containers/<id>: `hosts`, `hostname` and `resolv.conf` are written here. */
  directory: string
  /** Of the container that `container:<id>` names; its files are used as they are. */
  joined?: { namespacePath: string; directory: string }
}

/** A container's place in the network while it runs. Plain JSON, stored with the container. */
export type NetworkAttachment = {
  /** undefined: the host's own namespace. */
  namespacePath?: string
  sandboxId: string
  sandboxKey: string
  ports: PortMap
  /** By name of network. */
  endpoints: Record<string, EndpointSettings>
  /** What the kernel has, by name of network. */
  interfaces?: Record<string, Plugged>
}

/** Of a container that lives on from an earlier daemon. */
export type Alive = { containerId: string; name: string; attachment: NetworkAttachment; request?: NetworkRequest }

/** Published ports to take away: those of a container's port (`80/tcp`), or of them those at these ports and this address of the host. */
export type PortRemoval = { key: string; hostPorts?: { first: number; last: number }; hostIp?: string }
/** `exposed`: all that the container exposes afterwards. */
export type PortsWanted = { add: PortMap; remove: PortRemoval[]; exposed: string[] }

/**
 * The networks of one daemon. A container that is created is only checked (`validate`); it is attached when it starts and
 * released when it has ended. Attachments outlive the daemon: `recover` adopts those of living containers at the next start.
 */
export type Networks = {
  /** Throws 400 and 404 faults; changes nothing. Called at create, when `directory` need not exist yet. */
  validate(request: NetworkRequest): void
  /** At start. All or nothing: when it throws, no address, port, rule or process is left. Writes the three files of `directory`. */
  attach(request: NetworkRequest): Promise<NetworkAttachment>
  /**
   * Changes the published ports of a container that runs; resolves to all that it then has. All of it or nothing: `meanwhile` runs when
   * the new ports are held, and nothing has changed if it throws. A container without ports of its own has none afterwards.
   */
  republish(containerId: string, wanted: PortsWanted, meanwhile: () => Promise<void>): Promise<PortMap>
  /** Ports and address are free when it resolves; the kernel's take-down follows behind. Safe to call twice. */
  release(containerId: string, attachment: NetworkAttachment): Promise<void>
  /** Its name among its neighbours is another one from now on; the attachment as it is then, if it has one. */
  rename(containerId: string, name: string): NetworkAttachment | undefined
  /** Adopts these; removes every other namespace, link, rule and proxy of this instance. Once, before the first attach. */
  recover(alive: Alive[]): Promise<void>
  /** Whole, or nothing of it is left. Throws 400, 403, 404 and 409 faults. */
  create(asked: NetworkCreate): Promise<string>
  /** Throws 403 for one that containers are in. */
  remove(idOrName: string): Promise<void>
  /** Removes those that no container is in and that match (`label`, `label!`, `until`); their names. */
  prune(matches: (network: NetworkResource) => boolean, isTrial: boolean): Promise<string[]>
  /** Plugs a container that runs into a further network. */
  connect(request: NetworkRequest, network: string, asked: EndpointSettings): Promise<NetworkAttachment>
  /** `store` first: what is not stored is taken away by the next daemon. */
  disconnect(request: NetworkRequest, network: string, store: (attachment: NetworkAttachment) => void): Promise<void>
  /** Throws the faults of a container that cannot be connected to the network; its name. */
  checkConnect(request: NetworkRequest, network: string, asked: EndpointSettings): string
  /** The same for one that does not run and is to be taken out. */
  checkDisconnect(request: NetworkRequest, network: string): void
  list(): NetworkResource[]
  /** By name, id or unambiguous beginning of an id; throws a 404 fault. */
  inspect(idOrName: string): NetworkResource
}
