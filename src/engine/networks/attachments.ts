import { basename } from 'node:path'
import { describe } from '../../base/faults.ts'
import { newId } from '../../base/ids.ts'
import { logger } from '../../base/log.ts'
import { formatIpv4 } from '../../formats/addresses/ipv4.ts'
import { macOf, parseMac } from '../../formats/addresses/mac.ts'
import type { PortMap } from '../../formats/engine-api/common.ts'
import type { EndpointSettings } from '../../formats/engine-api/container.ts'
import type { NetworkContainer } from '../../formats/engine-api/network.ts'
import type { FirewallPlan } from '../../host/firewall/ruleset.ts'
import type { PortProxy } from '../../host/port-proxy/port-proxy.ts'
import { type BridgeNetwork, storedAddress } from './bridge-network.ts'
import type { NetworksContext } from './context.ts'
import { networkFaults } from './faults.ts'
import { bridgeFiles, hostFiles, isolatedFiles } from './names/files-for-mode.ts'
import { writeNameFiles } from './names/name-files.ts'
import { NamespacePool } from './namespace-pool.ts'
import type { NetworkAttachment, NetworkRequest, PortRemoval, PortsWanted } from './networks.ts'
import type { HeldPort } from './ports/port-allocator.ts'
import { planPorts } from './ports/port-plan.ts'
import { Publications, portMapOf } from './ports/publications.ts'
import { type BridgedSandbox, linkOf, newSandbox, type Sandbox } from './sandbox.ts'
import { modeOf, validateRequest } from './validate.ts'

const log = logger('networks')

type Attached = { name: string; attachment: NetworkAttachment; sandbox: BridgedSandbox | Sandbox | undefined }
const ISOLATED_READY = 2
const ISOLATED_MOST = 16

/** Who is in which network. */
export class Attachments {
  readonly #context: NetworksContext
  readonly #publications: Publications
  readonly #all = new Map<string, Attached>()
  readonly #isolated: NamespacePool<Sandbox>
  #bridge: BridgeNetwork | undefined

  constructor(context: NetworksContext) {
    this.#context = context
    this.#publications = new Publications(context)
    this.#isolated = new NamespacePool({
      name: 'none',
      least: ISOLATED_READY,
      most: ISOLATED_MOST,
      build: () => this.#buildIsolated(),
      discard: sandboxes => context.takeDown.begin(sandboxes.map(({ name }) => name)),
    })
  }

  async open(bridge: BridgeNetwork): Promise<void> {
    this.#bridge = bridge
    await Promise.all([bridge.open(), this.#isolated.open()])
  }

  /** Takes down what is prepared and unused. */
  async close(): Promise<void> {
    await Promise.all([this.#bridge?.close(), this.#isolated.close()])
  }

  get isEmpty(): boolean {
    return ![...this.#all.values()].some(({ sandbox }) => sandbox)
  }

  async attach(request: NetworkRequest): Promise<NetworkAttachment> {
    if (!this.#bridge) throw networkFaults.NOT_READY()
    validateRequest(request, this.#context.settings.bindAddress)
    const mode = modeOf(request.mode)
    if (mode.kind === 'network') throw networkFaults.NOT_FOUND(mode.name)
    this.#refuseUnknown(Object.keys(request.endpoints))
    // a start that was given up half-way left it
    if (this.#all.has(request.containerId)) await this.release(request.containerId)
    if (mode.kind === 'container') return attachJoined(request)
    if (mode.kind === 'host') return this.#attachHost(request)
    return mode.kind === 'none' ? this.#attachNone(request) : this.#attachBridge(request, this.#bridge)
  }

  async republish(containerId: string, wanted: PortsWanted, meanwhile: () => Promise<void>): Promise<PortMap> {
    const attached = this.#all.get(containerId)
    if (!attached?.sandbox || !('link' in attached.sandbox)) {
      await meanwhile()
      return attached?.attachment.ports ?? {}
    }
    const { settings } = this.#context
    const asked = { portBindings: wanted.add, exposed: [], publishAll: false }
    const added = planPorts(asked, settings.bindAddress, settings.userlandProxy !== false).published
    const change = { added, isRemoved: (held: HeldPort) => wanted.remove.some(removal => isMeant(removal, held)) }
    const endpoint = { name: attached.name, id: attached.attachment.endpoints['bridge']?.EndpointID ?? '' }
    const { address } = attached.sandbox
    const held = await this.#publications.republish(containerId, address, change, endpoint, meanwhile)
    const published = new Set(held.map(({ key }) => key))
    const ports = portMapOf(
      held,
      wanted.exposed.filter(key => !published.has(key)),
    )
    attached.attachment = { ...attached.attachment, ports }
    return ports
  }

  async release(containerId: string): Promise<void> {
    const attached = this.#all.get(containerId)
    if (!attached) return
    this.#all.delete(containerId)
    await this.#publications.withdraw(containerId)
    if (attached.sandbox) this.#giveUp(containerId, attached.sandbox)
  }

  /** Behind the answer: nobody can see it any more. */
  #giveUp(containerId: string, sandbox: Sandbox | BridgedSandbox): void {
    const ending =
      'link' in sandbox && this.#bridge ? this.#bridge.release(sandbox) : this.#context.takeDown.begin([sandbox.name])
    ending.catch(failure =>
      log.error('the namespace of a container was not taken down', {
        container: containerId,
        error: describe(failure),
      }),
    )
  }

  /** What lives on from an earlier daemon. */
  adopt(
    containerId: string,
    name: string,
    attachment: NetworkAttachment,
    bridge: BridgeNetwork,
    proxy: PortProxy | undefined,
  ): void {
    const sandbox = sandboxOf(attachment, this.#context.instance.linkPrefix)
    this.#all.set(containerId, { name, attachment, sandbox })
    if (!sandbox || !('link' in sandbox)) return
    bridge.addresses.reserve(sandbox.address)
    const endpoint = { name, id: attachment.endpoints['bridge']?.EndpointID ?? '' }
    this.#publications.adopt(containerId, sandbox.address, attachment.ports, endpoint, proxy)
  }

  /** Those whose namespace is ours. */
  get sandboxes(): (Sandbox | BridgedSandbox)[] {
    return [...this.#all.values()].flatMap(({ sandbox }) => (sandbox ? [sandbox] : []))
  }

  firewallPlan(): FirewallPlan {
    const networks = this.#bridge ? [this.#bridge.firewall] : []
    return { table: this.#context.instance.table, networks, forwards: this.#publications.forwards }
  }

  mend(): void {
    this.#publications.mend()
  }

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

  #refuseUnknown(networks: string[]): void {
    const { records } = this.#context
    const ids = (['bridge', 'host', 'none'] as const).map(name => records.get(name).id)
    const unknown = networks.find(name => modeOf(name).kind === 'network' && !ids.includes(name))
    if (unknown !== undefined) throw networkFaults.NOT_FOUND(unknown)
  }

  async #attachBridge(request: NetworkRequest, bridge: BridgeNetwork): Promise<NetworkAttachment> {
    const { settings } = this.#context
    const plan = planPorts(request, settings.bindAddress, settings.userlandProxy !== false)
    const asked = this.#endpointAsked(request, 'bridge')
    const mac = parseMac(asked?.MacAddress || request.macAddress || '')
    const sandbox = await bridge.take(mac)
    const endpointId = newId()
    try {
      writeNameFiles(request.directory, bridgeFiles(request, settings, bridge.gateway, sandbox.address))
      const endpoint = { name: request.name, id: endpointId }
      const held = await this.#publications.publish(request.containerId, sandbox.address, plan.published, endpoint)
      const attachment = attachmentOf(sandbox, portMapOf(held, plan.unpublished), {
        bridge: this.#bridgeEndpoint(asked, bridge, sandbox, endpointId),
      })
      this.#all.set(request.containerId, { name: request.name, attachment, sandbox })
      return attachment
    } catch (failure) {
      bridge.giveBack(sandbox)
      throw failure
    }
  }

  async #attachNone(request: NetworkRequest): Promise<NetworkAttachment> {
    const sandbox = await this.#isolated.take()
    try {
      writeNameFiles(request.directory, isolatedFiles(request, this.#context.settings))
    } catch (failure) {
      this.#isolated.giveBack(sandbox)
      throw failure
    }
    const attachment = attachmentOf(sandbox, {}, { none: this.#emptyEndpoint(request, 'none') })
    this.#all.set(request.containerId, { name: request.name, attachment, sandbox })
    return attachment
  }

  #attachHost(request: NetworkRequest): NetworkAttachment {
    const { settings, directory } = this.#context
    writeNameFiles(request.directory, hostFiles(request, settings, this.#bridge?.gateway))
    const attachment: NetworkAttachment = {
      sandboxId: newId(),
      sandboxKey: `${directory}/default`,
      ports: {},
      endpoints: { host: this.#emptyEndpoint(request, 'host') },
    }
    this.#all.set(request.containerId, { name: request.name, attachment, sandbox: undefined })
    return attachment
  }

  async #buildIsolated(): Promise<Sandbox> {
    const sandbox = newSandbox(this.#context.directory)
    await this.#context.worker.call('buildLoopback', { directory: this.#context.directory, name: sandbox.name })
    return sandbox
  }

  #endpointAsked({ endpoints }: NetworkRequest, network: 'bridge' | 'host' | 'none'): EndpointSettings | undefined {
    const names = [network, this.#context.records.get(network).id, ...(network === 'bridge' ? ['default'] : [])]
    return names.map(name => endpoints[name]).find(settings => settings) ?? undefined
  }

  #emptyEndpoint(request: NetworkRequest, network: 'bridge' | 'host' | 'none'): EndpointSettings {
    const asked = this.#endpointAsked(request, network)
    return { ...emptyEndpoint(asked), NetworkID: this.#context.records.get(network).id, EndpointID: newId() }
  }

  #bridgeEndpoint(
    asked: EndpointSettings | undefined,
    bridge: BridgeNetwork,
    { address, mac }: BridgedSandbox,
    endpointId: string,
  ): EndpointSettings {
    return {
      ...emptyEndpoint(asked),
      MacAddress: mac,
      NetworkID: this.#context.records.get('bridge').id,
      EndpointID: endpointId,
      Gateway: formatIpv4(bridge.gateway),
      IPAddress: formatIpv4(address),
      IPPrefixLen: bridge.subnet.prefix,
    }
  }
}

const isMeant = ({ key, hostPorts, hostIp }: PortRemoval, held: HeldPort): boolean =>
  key === held.key &&
  (!hostPorts || (held.hostPort >= hostPorts.first && held.hostPort <= hostPorts.last)) &&
  (!hostIp || hostIp === held.address.text)

const emptyEndpoint = (asked: EndpointSettings | undefined): EndpointSettings => ({
  IPAMConfig: asked?.IPAMConfig ?? null,
  Links: asked?.Links ?? null,
  Aliases: asked?.Aliases ?? null,
  MacAddress: '',
  NetworkID: '',
  EndpointID: '',
  Gateway: '',
  IPAddress: '',
  IPPrefixLen: 0,
  IPv6Gateway: '',
  GlobalIPv6Address: '',
  GlobalIPv6PrefixLen: 0,
  DriverOpts: asked?.DriverOpts ?? null,
  DNSNames: null,
})

const attachmentOf = (
  { id, path }: Sandbox,
  ports: PortMap,
  endpoints: NetworkAttachment['endpoints'],
): NetworkAttachment => ({ namespacePath: path, sandboxId: id, sandboxKey: path, ports, endpoints })

/** A guest in another container's network has nothing of its own. */
function attachJoined({ joined, mode }: NetworkRequest): NetworkAttachment {
  if (!joined) throw networkFaults.FAILED(`${mode} was not resolved`)
  return { namespacePath: joined.namespacePath, sandboxId: '', sandboxKey: '', ports: {}, endpoints: {} }
}

/** The way back from what is stored with a container; undefined if it has no namespace of ours. */
function sandboxOf(
  { namespacePath, sandboxId, endpoints }: NetworkAttachment,
  linkPrefix: string,
): BridgedSandbox | Sandbox | undefined {
  if (namespacePath === undefined || sandboxId === '') return undefined
  const sandbox = { id: sandboxId, name: basename(namespacePath), path: namespacePath }
  const endpoint = endpoints['bridge']
  const address = storedAddress(endpoint?.IPAddress)
  if (address === undefined) return sandbox
  return { ...sandbox, address, link: linkOf(linkPrefix, address), mac: endpoint?.MacAddress || macOf(address) }
}

const describeEndpoint = (name: string, endpoint: EndpointSettings): NetworkContainer => ({
  Name: name,
  EndpointID: endpoint.EndpointID ?? '',
  MacAddress: endpoint.MacAddress ?? '',
  IPv4Address: endpoint.IPAddress ? `${endpoint.IPAddress}/${endpoint.IPPrefixLen ?? 0}` : '',
  IPv6Address: '',
})
