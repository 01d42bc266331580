import { describe } from '../../../base/faults.ts'
import { logger } from '../../../base/log.ts'
import { isUnspecified, parseIp } from '../../../formats/addresses/ip.ts'
import type { PortMap } from '../../../formats/engine-api/common.ts'
import { parsePort } from '../../../formats/ports/ports.ts'
import type { Forward } from '../../../host/firewall/elements.ts'
import { type BoundPort, type PortProxy, startPortProxy, together } from '../../../host/port-proxy/port-proxy.ts'
import type { NetworksContext } from '../context.ts'
import { type Endpoint, type HeldPort, PortAllocator } from './port-allocator.ts'
import type { PlannedPort } from './port-plan.ts'

const log = logger('networks')

/** Where a container is reached, by family. */
export type Targets = { 4?: string; 6?: string }

type Publication = { containerId: string; address: Targets; endpoint: Endpoint; held: HeldPort[]; proxy: PortProxy }

/** What becomes of the ports of a container that runs. */
export type PortChange = { added: PlannedPort[]; isRemoved: (held: HeldPort) => boolean }

/** The published ports of all containers: each is a socket held by a proxy, and, for IPv4, an element of the firewall's maps. */
export class Publications {
  readonly #context: NetworksContext
  readonly #allocator = new PortAllocator()
  readonly #all = new Map<string, Publication>()

  constructor(context: NetworksContext) {
    this.#context = context
  }

  /** All of the ports or none. Throws faults of `networkFaults` for ports that cannot be had. */
  async publish(
    containerId: string,
    address: Targets,
    planned: PlannedPort[],
    endpoint: Endpoint,
  ): Promise<HeldPort[]> {
    if (planned.length === 0) return []
    const bound = this.#allocator.bind(planned, endpoint)
    const held = bound.map(each => each.held)
    // the worker is at it while the proxy is started here
    const changing = this.#change(forwardsOf({ held, address }), [])
    try {
      this.#start(containerId, address, bound, endpoint)
      await changing
      return held
    } catch (failure) {
      await changing.catch(() => {})
      await this.#undo(containerId, held, address)
      throw failure
    }
  }

  /**
   * Other ports for a container that runs: the new ones, and those of the old ones that are kept. `meanwhile` runs when the new ports are
   * bound; if they cannot be had, or it throws, nothing has changed. Connections through ports that stay go on, unless others are removed:
   * then those that the proxy carries have to be made again.
   */
  async republish(
    containerId: string,
    address: Targets,
    change: PortChange,
    endpoint: Endpoint,
    meanwhile: () => Promise<void>,
  ): Promise<HeldPort[]> {
    const before = this.#all.get(containerId)
    const bound = this.#allocator.bind(change.added, endpoint)
    const added = bound.map(each => each.held)
    const [removed, kept] = partition(before?.held ?? [], change.isRemoved)
    try {
      await meanwhile()
      await this.#change(forwardsOf({ held: added, address }), forwardsOf({ held: removed, address }))
    } catch (failure) {
      for (const each of bound) each.bound[Symbol.dispose]()
      this.#allocator.free(added)
      throw failure
    }
    if (removed.length > 0) await this.#letGo(containerId)
    const again = removed.length > 0 ? this.#bindAgain(kept, containerId, endpoint) : []
    const beside = removed.length === 0 && before ? { proxy: before.proxy, held: kept } : undefined
    const fresh = [...again, ...bound]
    if (fresh.length > 0) this.#start(containerId, address, fresh, endpoint, beside)
    this.#forgetFlows(removed)
    return this.#all.get(containerId)?.held ?? []
  }

  /** The proxy ends, and with it the ports that it holds. */
  async #letGo(containerId: string): Promise<void> {
    const publication = this.#all.get(containerId)
    this.#all.delete(containerId)
    await publication?.proxy.stop()
    this.#allocator.free(publication?.held ?? [])
  }

  /** Another program may have been quicker. */
  #bindAgain(held: HeldPort[], containerId: string, endpoint: Endpoint): { held: HeldPort; bound: BoundPort }[] {
    try {
      return this.#allocator.bind(held.map(asPlanned), endpoint)
    } catch (failure) {
      log.error('ports of a running container are lost', { container: containerId, error: describe(failure) })
      return []
    }
  }

  /** Of a publication that came half-way. */
  async #undo(containerId: string, held: HeldPort[], address: Targets): Promise<void> {
    if (this.#all.has(containerId)) return this.withdraw(containerId)
    await this.#change([], forwardsOf({ held, address })).catch(() => {})
  }

  /** Ports are free when it resolves. Nothing to withdraw is no error. */
  async withdraw(containerId: string): Promise<void> {
    const publication = this.#all.get(containerId)
    if (!publication) return
    this.#all.delete(containerId)
    const forwards = forwardsOf(publication)
    const changes = this.#change([], forwards).catch(failure =>
      log.error('published ports are still in the firewall', { container: containerId, error: describe(failure) }),
    )
    await Promise.all([changes, publication.proxy.stop()])
    this.#allocator.free(publication.held)
    this.#forgetFlows(publication.held)
  }

  /** Takes over what an earlier daemon published for a container that lives; the proxy is started again if it died. */
  adopt(containerId: string, address: Targets, ports: PortMap, endpoint: Endpoint, proxy: PortProxy | undefined): void {
    const held = heldOf(ports)
    if (held.length === 0) return
    const publication = { containerId, address, endpoint, held }
    if (proxy?.ports === held.length) {
      this.#allocator.adopt(held)
      this.#all.set(containerId, { ...publication, proxy })
    } else if (proxy) {
      // The daemon was killed while the ports changed.
      log.warn('a port proxy has other ports than its container; starting it again', { container: containerId })
      void this.#replace(proxy, publication)
    } else this.#startAgain(publication)
  }

  async #replace(proxy: PortProxy, publication: Omit<Publication, 'proxy'>): Promise<void> {
    await proxy.stop().catch(failure => log.error('a port proxy could not be ended', { error: describe(failure) }))
    this.#startAgain(publication)
  }

  /** Starts the proxies again that have ended by themselves. */
  mend(): void {
    for (const publication of [...this.#all.values()].filter(({ proxy }) => !proxy.isAlive())) {
      log.warn('a port proxy has ended; starting it again', { container: publication.containerId })
      this.#allocator.free(publication.held)
      this.#all.delete(publication.containerId)
      void this.#replace(publication.proxy, publication)
    }
  }

  /** The container is reached elsewhere from now on: its proxy is started again. */
  async retarget(containerId: string, address: Targets): Promise<void> {
    const before = this.#all.get(containerId)
    if (!before || isSame(before.address, address)) return
    await this.withdraw(containerId)
    const { endpoint, held } = before
    this.#startAgain({ containerId, address, endpoint, held })
    await this.#change(forwardsOf({ held: this.#all.get(containerId)?.held ?? [], address }), [])
  }

  get forwards(): Forward[] {
    return [...this.#all.values()].flatMap(forwardsOf)
  }

  #startAgain({ containerId, address, endpoint, held }: Omit<Publication, 'proxy'>): void {
    try {
      const bound = this.#bindAgain(held, containerId, endpoint)
      if (bound.length > 0) this.#start(containerId, address, bound, endpoint)
    } catch (failure) {
      log.error('ports of a running container are lost', { container: containerId, error: describe(failure) })
    }
  }

  /** Takes the descriptors: they are the proxy's, or closed. */
  #start(
    containerId: string,
    address: Targets,
    bound: { held: HeldPort; bound: BoundPort }[],
    endpoint: Endpoint,
    beside?: { proxy: PortProxy; held: HeldPort[] },
  ): Publication {
    const held = bound.map(each => each.held)
    try {
      const services = bound.map(each => this.#service(each, address))
      const { proxyProgram, proxies } = this.#context
      const own = startPortProxy(proxyProgram, proxies, containerId, services)
      const proxy = beside ? together([beside.proxy, own]) : own
      const publication = { containerId, address, endpoint, held: [...(beside?.held ?? []), ...held], proxy }
      this.#all.set(containerId, publication)
      return publication
    } catch (failure) {
      this.#allocator.free(held)
      throw failure
    } finally {
      for (const each of bound) each.bound[Symbol.dispose]()
    }
  }

  #service({ held, bound }: { held: HeldPort; bound: BoundPort }, address: Targets) {
    const isServed = this.#context.settings.userlandProxy !== false
    return {
      protocol: isServed ? held.protocol : ('hold' as const),
      bound,
      container: targetOf(held, address) ?? '',
      containerPort: held.containerPort,
    }
  }

  async #change(add: Forward[], remove: Forward[]): Promise<void> {
    if (add.length + remove.length === 0) return
    const { worker, instance } = this.#context
    await worker.call('changeForwards', { table: instance.table, add, remove })
    this.#forgetFlows(add)
  }

  /**
   * A flow of datagrams from before keeps its way while it goes on: past the container, or to one that is gone. Behind the
   * answer: the kernel's table takes a while to read.
   */
  #forgetFlows(ports: { protocol: string; hostPort: number }[]): void {
    const udpPorts = ports.filter(({ protocol }) => protocol === 'udp').map(({ hostPort }) => hostPort)
    if (udpPorts.length === 0) return
    this.#context.worker
      .call('forgetFlows', { addresses: [], udpPorts })
      .catch(failure => log.warn('old connections could not be forgotten', { error: describe(failure) }))
  }
}

const isSame = (one: Targets, other: Targets): boolean => one[4] === other[4] && one[6] === other[6]

/** The container's address of the same family; IPv6 is carried to IPv4 by the proxy where there is no other. */
const targetOf = ({ address }: HeldPort, targets: Targets): string | undefined =>
  targets[address.family] ?? (address.family === 6 ? targets[4] : undefined)

/** What the kernel rewrites: ports whose container has an address of the same family. */
function forwardsOf({ held, address: targets }: Pick<Publication, 'held' | 'address'>): Forward[] {
  return held.flatMap(({ protocol, hostPort, containerPort, address }) => {
    const container = targets[address.family]
    const host = isUnspecified(address) ? {} : { host: address.text }
    return container === undefined ? [] : [{ protocol, hostPort, container, containerPort, ...host }]
  })
}

const asPlanned = ({ key, protocol, containerPort, address, hostPort }: HeldPort): PlannedPort => ({
  key,
  protocol,
  containerPort,
  addresses: [address],
  range: { first: hostPort, last: hostPort },
})

function partition<T>(values: readonly T[], isFirst: (value: T) => boolean): [T[], T[]] {
  return [values.filter(isFirst), values.filter(value => !isFirst(value))]
}

/** As NetworkSettings.Ports shows it. */
export function portMapOf(held: HeldPort[], unpublished: string[]): PortMap {
  const map: PortMap = {}
  for (const key of unpublished) map[key] = null
  for (const { key, address, hostPort } of held) {
    map[key] = [...(map[key] ?? []), { HostIp: address.text, HostPort: String(hostPort) }]
  }
  return map
}

/** The way back: what is stored with a container. */
function heldOf(ports: PortMap): HeldPort[] {
  return Object.entries(ports).flatMap(([key, bindings]) => {
    const port = parsePort(key)
    if (!port || port.protocol === 'sctp') return []
    const { protocol, number: containerPort } = port
    return (bindings ?? []).flatMap(({ HostIp, HostPort }) => {
      const address = parseIp(HostIp ?? '')
      return address ? [{ key, protocol, containerPort, address, hostPort: Number(HostPort) }] : []
    })
  })
}
