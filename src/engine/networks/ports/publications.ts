import { describe } from '../../../base/faults.ts'
import { logger } from '../../../base/log.ts'
import { isUnspecified, parseIp } from '../../../formats/addresses/ip.ts'
import { formatIpv4, ipv4OfBytes } from '../../../formats/addresses/ipv4.ts'
import type { PortMap } from '../../../formats/engine-api/common.ts'
import { parsePort } from '../../../formats/ports/ports.ts'
import type { Forward } from '../../../host/firewall/ruleset.ts'
import { type BoundPort, type PortProxy, startPortProxy } from '../../../host/port-proxy/port-proxy.ts'
import type { NetworksContext } from '../context.ts'
import { type Endpoint, type HeldPort, PortAllocator } from './port-allocator.ts'
import type { PlannedPort } from './port-plan.ts'

const log = logger('networks')

type Publication = { containerId: string; address: number; endpoint: Endpoint; held: HeldPort[]; proxy: PortProxy }

/** The published ports of all containers: each is a socket held by a proxy, and, for IPv4, an element of the firewall's maps. */
export class Publications {
  readonly #context: NetworksContext
  readonly #allocator = new PortAllocator()
  readonly #all = new Map<string, Publication>()

  constructor(context: NetworksContext) {
    this.#context = context
  }

  /** All of the ports or none. Throws faults of `networkFaults` for ports that cannot be had. */
  async publish(containerId: string, address: number, planned: PlannedPort[], endpoint: Endpoint): Promise<HeldPort[]> {
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

  /** Of a publication that came half-way. */
  async #undo(containerId: string, held: HeldPort[], address: number): Promise<void> {
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
  adopt(containerId: string, address: number, ports: PortMap, endpoint: Endpoint, proxy: PortProxy | undefined): void {
    const held = heldOf(ports)
    if (held.length === 0) return
    if (proxy) {
      this.#allocator.adopt(held)
      this.#all.set(containerId, { containerId, address, endpoint, held, proxy })
    } else this.#startAgain({ containerId, address, endpoint, held })
  }

  /** Starts the proxies again that have ended by themselves. */
  mend(): void {
    for (const publication of [...this.#all.values()].filter(({ proxy }) => !proxy.isAlive())) {
      log.warn('a port proxy has ended; starting it again', { container: publication.containerId })
      this.#allocator.free(publication.held)
      this.#startAgain(publication)
    }
  }

  get forwards(): Forward[] {
    return [...this.#all.values()].flatMap(forwardsOf)
  }

  #startAgain({ containerId, address, endpoint, held }: Omit<Publication, 'proxy'>): void {
    const planned = held.map(({ key, protocol, containerPort, address: host, hostPort }) => ({
      key,
      protocol,
      containerPort,
      addresses: [host],
      range: { first: hostPort, last: hostPort },
    }))
    try {
      this.#start(containerId, address, this.#allocator.bind(planned, endpoint), endpoint)
    } catch (failure) {
      log.error('ports of a running container are lost', { container: containerId, error: describe(failure) })
    }
  }

  /** Takes the descriptors: they are the proxy's, or closed. */
  #start(
    containerId: string,
    address: number,
    bound: { held: HeldPort; bound: BoundPort }[],
    endpoint: Endpoint,
  ): Publication {
    const held = bound.map(each => each.held)
    try {
      const services = bound.map(each => this.#service(each, address))
      const { proxyProgram, proxies } = this.#context
      const proxy = startPortProxy(proxyProgram, proxies, containerId, services)
      const publication = { containerId, address, endpoint, held, proxy }
      this.#all.set(containerId, publication)
      return publication
    } catch (failure) {
      this.#allocator.free(held)
      throw failure
    } finally {
      for (const each of bound) each.bound[Symbol.dispose]()
    }
  }

  #service({ held, bound }: { held: HeldPort; bound: BoundPort }, address: number) {
    const isServed = this.#context.settings.userlandProxy !== false
    return {
      protocol: isServed ? held.protocol : ('hold' as const),
      bound,
      container: formatIpv4(address),
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

function forwardsOf({ held, address: container }: Pick<Publication, 'held' | 'address'>): Forward[] {
  return held
    .filter(({ address }) => address.family === 4)
    .map(({ protocol, hostPort, containerPort, address }) => ({
      protocol,
      hostPort,
      container,
      containerPort,
      ...(isUnspecified(address) ? {} : { host: ipv4OfBytes(address.bytes) }),
    }))
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
