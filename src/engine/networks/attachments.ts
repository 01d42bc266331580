import { describe } from '../../base/faults.ts'
import { newId } from '../../base/ids.ts'
import { logger } from '../../base/log.ts'
import type { PortMap } from '../../formats/engine-api/common.ts'
import type { NetworkContainer } from '../../formats/engine-api/network.ts'
import type { Forward } from '../../host/firewall/elements.ts'
import type { PortProxy } from '../../host/port-proxy/port-proxy.ts'
import { type Attached, addressesOf, interfacesOf } from './attached.ts'
import type { NetworksContext } from './context.ts'
import { type AskedNetwork, askedNetworks, refuseMode } from './endpoints/asked-networks.ts'
import { type Place, publishingOf } from './endpoints/gateways.ts'
import { endPlaces, giveBackPlaces, takePlaces, type WantedPlace } from './endpoints/places.ts'
import { readEndpoint } from './endpoints/read-endpoint.ts'
import { describeEndpoint, emptyEndpoint, renamedEndpoints, shownEndpoint } from './endpoints/shown-endpoint.ts'
import { storedPlaces, storedSandbox } from './endpoints/stored-places.ts'
import { networkFaults } from './faults.ts'
import { bridgeFiles, hostFiles, isolatedFiles } from './names/files-for-mode.ts'
import { writeNameFiles } from './names/name-files.ts'
import { hasNames, namesOf, publishNames, servedSandbox } from './names/served-names.ts'
import { NamespacePool } from './namespace-pool.ts'
import type { NetworkTable } from './network-table.ts'
import type { Alive, NetworkAttachment, NetworkRequest, PortRemoval, PortsWanted } from './networks.ts'
import type { HeldPort } from './ports/port-allocator.ts'
import { planPorts } from './ports/port-plan.ts'
import { Publications, portMapOf } from './ports/publications.ts'
import { newSandbox, type Sandbox } from './sandbox.ts'
import { modeOf, validateRequest } from './validate.ts'

const log = logger('networks')
const ISOLATED_READY = 2
const ISOLATED_MOST = 16

/** Who is in which network. */
export class Attachments {
  readonly publications: Publications
  readonly #context: NetworksContext
  readonly #table: NetworkTable
  readonly #all = new Map<string, Attached>()
  readonly #isolated: NamespacePool<Sandbox>

  constructor(context: NetworksContext, table: NetworkTable) {
    this.#context = context
    this.#table = table
    this.publications = new Publications(context)
    this.#isolated = new NamespacePool({
      name: 'none',
      least: ISOLATED_READY,
      most: ISOLATED_MOST,
      build: () => this.#buildIsolated(),
      discard: sandboxes => context.takeDown.begin(sandboxes.map(({ name }) => name)),
    })
  }

  open(): Promise<void> {
    return this.#isolated.open()
  }

  /** Takes down what is prepared and unused. */
  close(): Promise<void> {
    return this.#isolated.close()
  }

  get isEmpty(): boolean {
    return ![...this.#all.values()].some(({ sandbox }) => sandbox)
  }

  find(containerId: string): Attached | undefined {
    return this.#all.get(containerId)
  }

  set(containerId: string, attached: Attached): void {
    this.#all.set(containerId, attached)
  }

  async attach(request: NetworkRequest): Promise<NetworkAttachment> {
    validateRequest(request, this.#context.settings.bindAddress)
    // a start that was given up half-way left it
    if (this.#all.has(request.containerId)) await this.release(request.containerId)
    if (modeOf(request.mode).kind === 'container') return attachJoined(request)
    const asked = askedNetworks(request, this.#table)
    const attached = await this.#attach(request, asked)
    this.#all.set(request.containerId, attached)
    this.tell('connect', request.containerId, attached.attachment.endpoints)
    return attached.attachment
  }

  async republish(containerId: string, wanted: PortsWanted, meanwhile: () => Promise<void>): Promise<PortMap> {
    const attached = this.#all.get(containerId)
    const publishing = attached && publishingOf(attached.places)
    if (!publishing) {
      await meanwhile()
      return attached?.attachment.ports ?? {}
    }
    const asked = { portBindings: wanted.add, exposed: [], publishAll: false }
    const added = planPorts(asked, publishing.bindAddress, this.#hasProxy).published
    const change = { added, isRemoved: (held: HeldPort) => wanted.remove.some(removal => isMeant(removal, held)) }
    const endpoint = publishedBy(attached)
    const held = await this.publications.republish(containerId, publishing.targets, change, endpoint, meanwhile)
    const ports = portMapOf(held, withoutHeld(wanted.exposed, held))
    attached.attachment = { ...attached.attachment, ports }
    return ports
  }

  rename(containerId: string, name: string): NetworkAttachment | undefined {
    const attached = this.#all.get(containerId)
    if (!attached) return undefined
    const { attachment, request } = attached
    const endpoints = renamedEndpoints(attachment.endpoints, attached.name, name)
    const renamed = {
      ...attached,
      name,
      attachment: { ...attachment, endpoints },
      request: request && { ...request, name },
    }
    this.#all.set(containerId, renamed)
    if (this.#context.resolver) publishNames(this.#context.resolver, renamed)
    return renamed.attachment
  }

  async release(containerId: string): Promise<void> {
    const attached = this.#all.get(containerId)
    if (!attached) return
    this.#all.delete(containerId)
    this.#withdrawNames(attached)
    await this.publications.withdraw(containerId)
    const { sandbox, places } = attached
    if (sandbox) await this.#context.resolver?.end(sandbox.id)
    if (sandbox) this.#giveUp(containerId, sandbox, places)
    this.tell('disconnect', containerId, attached.attachment.endpoints)
  }

  /** By name of network. */
  tell(action: 'connect' | 'disconnect', containerId: string, endpoints: NetworkAttachment['endpoints']): void {
    for (const [name, { NetworkID = '' }] of Object.entries(endpoints)) {
      const type = this.#table.named(name)?.spec.driver ?? ''
      this.#context.events.emit('network', action, NetworkID, { container: containerId, name, type })
    }
  }

  /** What lives on from an earlier daemon. */
  adopt({ containerId, name, attachment, request }: Alive, proxy: PortProxy | undefined): void {
    const places = storedPlaces(attachment, this.#table, this.#context.instance.linkPrefix)
    const attached: Attached = { name, attachment, sandbox: storedSandbox(attachment), places, request }
    this.#all.set(containerId, attached)
    for (const { network, plugged } of places) network.adopt(plugged)
    const publishing = publishingOf(places)
    if (publishing) {
      this.publications.adopt(containerId, publishing.targets, attachment.ports, publishedBy(attached), proxy)
    }
  }

  /** Those whose namespace is their own. */
  get sandboxed(): (Attached & { sandbox: Sandbox })[] {
    return [...this.#all.values()].flatMap(each => (each.sandbox ? [{ ...each, sandbox: each.sandbox }] : []))
  }

  get forwards(): Forward[] {
    return this.publications.forwards
  }

  mend(): void {
    this.publications.mend()
  }

  /** By id. */
  containersIn(
    network: string,
    nameOf: (containerId: string) => string | undefined = () => undefined,
  ): Record<string, NetworkContainer> {
    const shown: Record<string, NetworkContainer> = {}
    for (const [containerId, { name, attachment }] of this.#all) {
      const endpoint = attachment.endpoints[network]
      if (endpoint) shown[containerId] = describeEndpoint(nameOf(containerId) ?? name, endpoint)
    }
    return shown
  }

  /** What the embedded resolver has to know when a daemon begins. */
  async recoverNames(): Promise<void> {
    const { resolver, settings } = this.#context
    if (!resolver) return
    const all = [...this.#all.values()]
    await resolver.recover({
      names: all.flatMap(namesOf),
      sandboxes: all.flatMap(each => servedSandbox(each, settings) ?? []),
    })
  }

  /** A network that could not be brought up at the daemon's start is no reason to refuse others. Throws UNAVAILABLE for it. */
  wanted({ record, asked }: AskedNetwork): WantedPlace {
    const network = this.#table.liveOf(record.id)
    if (!network) throw networkFaults.NOT_UP(record.name)
    return { network, wish: readEndpoint(record, asked), priority: asked?.GwPriority ?? 0 }
  }

  async #attach(request: NetworkRequest, asked: AskedNetwork[]): Promise<Attached> {
    const [first, ...more] = asked
    if (!first) throw networkFaults.FAILED('a container without a network')
    if (more.length === 0 && first.record.name === 'host') return this.#attachHost(request, first)
    if (more.length === 0 && first.record.name === 'none') return this.#attachNone(request, first)
    const alone = asked.find(({ record: { name } }) => name === 'host' || name === 'none')
    if (alone) refuseMode(request.mode, alone)
    const uses = asked.map(({ record }) => this.#table.use(record.id))
    try {
      return await this.#attachPlugged(request, [first, ...more])
    } finally {
      for (const use of uses) use[Symbol.dispose]()
    }
  }

  async #attachPlugged(request: NetworkRequest, asked: [AskedNetwork, ...AskedNetwork[]]): Promise<Attached> {
    const [first, ...more] = asked
    const wanted = [this.wanted(first), ...more.map(each => this.wanted(each))] as [WantedPlace, ...WantedPlace[]]
    const { sandbox, places } = await takePlaces(wanted, this.#context)
    try {
      const endpoints = endpointsOf(request, asked, places)
      const attached = attachedOf(request, sandbox, places, endpoints)
      this.#writeFiles(request, places)
      const ports = await this.#publish(request, attached)
      const whole = { ...attached, attachment: { ...attached.attachment, ports } }
      await this.#serveNames(whole)
      return whole
    } catch (failure) {
      await this.publications.withdraw(request.containerId)
      giveBackPlaces(sandbox, places, this.#context)
      throw failure
    }
  }

  async #publish(request: NetworkRequest, attached: Attached): Promise<PortMap> {
    const publishing = publishingOf(attached.places)
    const { bindAddress } = publishing ?? this.#context.settings
    const plan = planPorts(request, bindAddress, this.#hasProxy)
    if (!publishing) return portMapOf([], [...plan.unpublished, ...plan.published.map(({ key }) => key)])
    const { containerId } = request
    const held = await this.publications.publish(containerId, publishing.targets, plan.published, publishedBy(attached))
    return portMapOf(held, plan.unpublished)
  }

  #writeFiles(request: NetworkRequest, places: Place[]): void {
    const { settings, resolver } = this.#context
    const reach = resolver && hasNames(places) ? 'embedded' : 'bridge'
    const addresses = addressesOf(places)
    writeNameFiles(
      request.directory,
      bridgeFiles(request, settings, { gateway: this.#bridgeGateway, addresses, reach }),
    )
  }

  async #serveNames(attached: Attached): Promise<void> {
    const { resolver, settings } = this.#context
    const sandbox = resolver && servedSandbox(attached, settings)
    if (!resolver || !sandbox) return
    publishNames(resolver, attached)
    try {
      await resolver.serve(sandbox)
    } catch (failure) {
      this.#withdrawNames(attached)
      throw failure
    }
  }

  #withdrawNames({ attachment: { endpoints } }: Attached): void {
    for (const { EndpointID } of Object.values(endpoints)) this.#context.resolver?.withdraw(EndpointID ?? '')
  }

  async #attachNone(request: NetworkRequest, { record, asked }: AskedNetwork): Promise<Attached> {
    const sandbox = await this.#isolated.take()
    try {
      writeNameFiles(request.directory, isolatedFiles(request, this.#context.settings))
    } catch (failure) {
      this.#isolated.giveBack(sandbox)
      throw failure
    }
    const none = { ...emptyEndpoint(asked), NetworkID: record.id, EndpointID: newId() }
    return attachedOf(request, sandbox, [], { none })
  }

  #attachHost(request: NetworkRequest, { record, asked }: AskedNetwork): Attached {
    const { settings, directory } = this.#context
    writeNameFiles(request.directory, hostFiles(request, settings, this.#bridgeGateway))
    const host = { ...emptyEndpoint(asked), NetworkID: record.id, EndpointID: newId() }
    const attachment = { sandboxId: newId(), sandboxKey: `${directory}/default`, ports: {}, endpoints: { host } }
    return { name: request.name, attachment, sandbox: undefined, places: [], request }
  }

  async #buildIsolated(): Promise<Sandbox> {
    const sandbox = newSandbox(this.#context.directory)
    await this.#context.worker.call('buildLoopback', { directory: this.#context.directory, name: sandbox.name })
    return sandbox
  }

  /** Behind the answer: nobody can see it any more. */
  #giveUp(containerId: string, sandbox: Sandbox, places: Place[]): void {
    endPlaces(sandbox, places, this.#context).catch(failure =>
      log.error('the namespace of a container was not taken down', {
        container: containerId,
        error: describe(failure),
      }),
    )
  }

  get #bridgeGateway(): string | undefined {
    return this.#table.named('bridge')?.spec.subnets[0]?.gateway
  }

  get #hasProxy(): boolean {
    return this.#context.settings.userlandProxy !== false
  }
}

const isMeant = ({ key, hostPorts, hostIp }: PortRemoval, held: HeldPort): boolean =>
  key === held.key &&
  (!hostPorts || (held.hostPort >= hostPorts.first && held.hostPort <= hostPorts.last)) &&
  (!hostIp || hostIp === held.address.text)

function withoutHeld(keys: string[], held: HeldPort[]): string[] {
  const published = new Set(held.map(({ key }) => key))
  return keys.filter(key => !published.has(key))
}

/** Errors about ports name the first endpoint. */
const publishedBy = ({ name, attachment: { endpoints } }: Attached) => ({
  name,
  id: Object.values(endpoints)[0]?.EndpointID ?? '',
})

function endpointsOf(request: NetworkRequest, asked: AskedNetwork[], places: Place[]): NetworkAttachment['endpoints'] {
  return Object.fromEntries(
    places.map(({ network, plugged }, at) => [
      network.record.name,
      shownEndpoint(request, asked[at]?.asked, network, plugged),
    ]),
  )
}

function attachedOf(
  request: NetworkRequest,
  sandbox: Sandbox,
  places: Place[],
  endpoints: NetworkAttachment['endpoints'],
): Attached {
  const { id, path } = sandbox
  const attachment = {
    namespacePath: path,
    sandboxId: id,
    sandboxKey: path,
    ports: {},
    endpoints,
    interfaces: interfacesOf(places),
  }
  return { name: request.name, attachment, sandbox, places, request }
}

/** A guest in another container's network has nothing of its own. */
function attachJoined({ joined, mode }: NetworkRequest): NetworkAttachment {
  if (!joined) throw networkFaults.FAILED(`${mode} was not resolved`)
  return { namespacePath: joined.namespacePath, sandboxId: '', sandboxKey: '', ports: {}, endpoints: {} }
}
