import { logger } from '../../base/log.ts'
import { parseIpNetwork } from '../../formats/addresses/ip-network.ts'
import { macOfAddress } from '../../formats/addresses/mac.ts'
import type { FirewallNetwork, FirewallSubnet } from '../../host/firewall/ruleset.ts'
import type { InterfacePlan } from '../../host/network-worker/interfaces.ts'
import { hasCode } from '../../host/syscalls/call.ts'
import { NetworkAddresses } from './addresses/network-addresses.ts'
import type { NetworksContext } from './context.ts'
import type { BridgeOptions } from './create/bridge-options.ts'
import { networkFaults } from './faults.ts'
import { type LiveNetwork, NO_WISH, type Plugged, type Publishing, type WayOut, type Wish } from './live-network.ts'
import { NamespacePool } from './namespace-pool.ts'
import type { NetworkRecord } from './network-spec.ts'
import { linkOf, newSandbox, type Sandbox } from './sandbox.ts'
import type { DyingLink } from './take-down.ts'

const log = logger('networks')
/** Tries for an address whose link is still being destroyed. */
const BUILD_TRIES = 3

export type BridgeNetworkPlan = {
  record: NetworkRecord
  options: BridgeOptions
  /** Name and index of the bridge, and whether it goes with the network. */
  bridge: { name: string; index: number; isOwn: boolean }
  /** Namespaces kept ready. */
  ready: { least: number; most: number }
}

type Slot = { sandbox: Sandbox; plugged: Plugged }

/** A network on a bridge of the host, while it is up: its addresses and its prepared namespaces. */
export class BridgeNetwork implements LiveNetwork {
  readonly record: NetworkRecord
  readonly options: BridgeOptions
  readonly #context: NetworksContext
  readonly #addresses: NetworkAddresses
  readonly #pool: NamespacePool<Slot>
  #bridge: BridgeNetworkPlan['bridge']
  /** Addresses that containers have had. */
  readonly #stale = new Set<string>()

  constructor(context: NetworksContext, { record, options, bridge, ready }: BridgeNetworkPlan) {
    this.#context = context
    this.record = record
    this.options = options
    this.#bridge = bridge
    this.#addresses = new NetworkAddresses(record.name, record.spec.subnets)
    this.#pool = new NamespacePool<Slot>({
      name: record.name,
      ...ready,
      build: () => this.#build(NO_WISH, false),
      discard: slots => this.#discard(slots),
    })
  }

  get firewall(): FirewallNetwork {
    const { userlandProxy = true } = this.#context.settings
    const { icc } = this.options
    const proxyHairpin = userlandProxy ? (icc ? 'own' : 'all') : 'none'
    const { internal } = this.record.spec
    return { bridge: this.#bridge.name, icc, internal, proxyHairpin, families: this.#subnets() }
  }

  #subnets(): FirewallSubnet[] {
    const { masquerade, modes, sources, trusted } = this.options
    return this.record.spec.subnets.map(({ subnet }) => {
      const family = familyOf(subnet)
      const mode = modes[family]
      return { subnet, masquerade, source: sources[family], mode: mode === 'isolated' ? 'nat' : mode, trusted }
    })
  }

  get bridges(): string[] {
    return [this.#bridge.name]
  }

  get devicePrefix(): string {
    return this.options.devicePrefix
  }

  get publishing(): Publishing | undefined {
    if (this.record.spec.internal) return undefined
    return { bindAddress: this.options.bindAddress }
  }

  wayOut({ addresses }: Plugged, family: 4 | 6): WayOut | undefined {
    if (this.record.spec.internal) return undefined
    const mine = addresses.find(({ address }) => familyOf(address) === family && this.#addresses.holds(address))
    const gateway = mine && this.#addresses.gatewayOf(mine.address)
    return gateway === undefined ? undefined : { gateway }
  }

  /** Fills the pool. */
  open(): Promise<void> {
    return this.#pool.open()
  }

  close(): Promise<void> {
    return this.#pool.close()
  }

  async takeSandbox(wish: Wish): Promise<Slot> {
    if (isPlain(wish, this.options.devicePrefix)) {
      const { ipv4 } = wish
      const slot = ipv4 === undefined ? undefined : this.#pool.pick(each => hasAddress(each, ipv4))
      if (slot || ipv4 === undefined) return slot ?? this.#pool.take()
    }
    return this.#build(wish, true)
  }

  giveBack(sandbox: Sandbox, plugged: Plugged): void {
    const isUsual = plugged.mac === macOfAddress(plugged.addresses[0]?.address ?? '') && isUsualDevice(plugged, this)
    if (isUsual) this.#pool.giveBack({ sandbox, plugged })
    else void this.#discard([{ sandbox, plugged }])
  }

  async plug(path: string, device: string, wish: Wish): Promise<Plugged> {
    return this.#make(wish, true, async plugged => {
      const inside = this.#inside({ ...plugged, device }, wish, false)
      await this.#context.worker.call('plug', { path, ...this.#port(plugged), inside })
      return { ...plugged, device }
    })
  }

  async unplug(_path: string, plugged: Plugged): Promise<void> {
    if (plugged.link !== undefined) await this.#context.worker.call('removeLinks', [plugged.link])
    this.#markStale(plugged)
    for (const { address } of plugged.addresses) this.#addresses.free(address)
  }

  dying(plugged: Plugged): DyingLink[] {
    this.#markStale(plugged)
    return this.#dyingLinks(plugged)
  }

  adopt({ addresses }: Plugged): void {
    for (const { address } of addresses) this.#addresses.reserve(address)
  }

  async restore(plugged: Plugged[]): Promise<void> {
    const links = plugged.flatMap(({ link }) => link ?? [])
    if (links.length > 0) await this.#context.worker.call('joinBridge', { bridge: this.#bridge.index, links })
  }

  holds(address: string): boolean {
    return this.#addresses.holds(address)
  }

  reserve(address: string): boolean {
    return this.#addresses.reserve(address)
  }

  free(address: string): void {
    this.#addresses.free(address)
  }

  /** The bridge first: a killed daemon leaves a network whose bridge is made again, never a bridge without a network. */
  async remove(): Promise<void> {
    await this.#pool.close()
    if (this.#bridge.isOwn) await this.#context.worker.call('removeBridge', { name: this.#bridge.name })
  }

  /** For one that a container has used: connections of that container may still be remembered under its address. */
  #markStale({ addresses }: Plugged): void {
    for (const { address } of addresses) this.#stale.add(address)
  }

  #dyingLinks({ link, addresses }: Plugged): DyingLink[] {
    const gone = (): void => {
      for (const { address } of addresses) this.#addresses.free(address)
    }
    return link === undefined ? [] : [{ link, gone }]
  }

  #discard(slots: Slot[]): Promise<void> {
    return this.#context.takeDown.begin(
      slots.map(({ sandbox }) => sandbox.name),
      slots.flatMap(({ plugged }) => this.#dyingLinks(plugged)),
    )
  }

  #build(wish: Wish, takesReady: boolean): Promise<Slot> {
    return this.#make(wish, takesReady, async plugged => {
      const { worker, directory } = this.#context
      const sandbox = newSandbox(directory)
      const inside = this.#inside(plugged, wish, true)
      await worker.call('buildSlot', { directory, name: sandbox.name, ...this.#port(plugged), inside })
      return { sandbox, plugged }
    })
  }

  /** Takes addresses and does the work with them; an end on the host that is still being destroyed is waited for. */
  async #make<T>(wish: Wish, takesReady: boolean, work: (plugged: Plugged) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      const addresses = await this.#claim(wish, takesReady)
      if (addresses.some(address => this.#stale.has(address))) await this.#forgetFlows()
      try {
        return await work(this.#plugged(addresses, wish))
      } catch (failure) {
        for (const address of addresses) this.#addresses.free(address)
        if (tries === BUILD_TRIES || !hasCode(failure, 'EEXIST')) throw failure
        log.warn('an interface could not be made; trying again', { network: this.record.name, error: failure })
        await this.#context.takeDown.settled()
      }
    }
  }

  #plugged(addresses: string[], wish: Wish): Plugged {
    const [first = ''] = addresses
    return {
      device: wish.device ?? `${this.options.devicePrefix}0`,
      link: linkOf(this.#context.instance.linkPrefix, first),
      mac: wish.mac ?? macOfAddress(first),
      addresses: addresses.map(address => ({ address, prefix: this.#addresses.prefixOf(address) })),
    }
  }

  #port({ link = '' }: Plugged) {
    const { icc } = this.options
    const hairpin = this.#context.settings.userlandProxy === false && icc
    return { link, bridge: this.#bridge.index, port: { isolated: !icc, hairpin } }
  }

  #inside(plugged: Plugged, wish: Wish, withRoutes: boolean): InterfacePlan {
    const { device, mac, addresses } = plugged
    const ways = withRoutes ? ([4, 6] as const).map(family => ({ family, way: this.wayOut(plugged, family) })) : []
    const linkLocal = wish.linkLocal.map(address => ({ address, prefix: familyOf(address) === 4 ? 16 : 64 }))
    return {
      device,
      mac,
      mtu: this.options.mtu ?? this.#context.settings.mtu,
      addresses: [...addresses, ...linkLocal],
      hasIpv6: addresses.some(({ address }) => familyOf(address) === 6),
      routes: ways.flatMap(({ family, way }) => (way ? [{ family, device, ...way }] : [])),
      sysctls: wish.sysctls,
    }
  }

  async #claim(wish: Wish, takesReady: boolean): Promise<string[]> {
    const claimed: string[] = []
    try {
      if (this.#addresses.has(4)) claimed.push(await this.#address(4, wish.ipv4, takesReady))
      if (this.#addresses.has(6)) claimed.push(await this.#address(6, wish.ipv6, takesReady))
      return claimed
    } catch (failure) {
      for (const address of claimed) this.#addresses.free(address)
      throw failure
    }
  }

  /** Addresses that are just being given back, or held by what is ready, are waited for if there is no other. */
  async #address(family: 4 | 6, wanted: string | undefined, takesReady: boolean): Promise<string> {
    const attempt = () => (wanted === undefined ? this.#addresses.take(family) : this.#reserveWanted(wanted))
    const address = attempt()
    if (address !== undefined) return address
    const slot = takesReady ? this.#pool.pick(each => wanted === undefined || hasAddress(each, wanted)) : undefined
    if (slot) await this.#discard([slot])
    await this.#context.takeDown.settled()
    const later = attempt()
    if (later !== undefined) return later
    throw wanted === undefined ? this.#addresses.missing(family) : networkFaults.ADDRESS_TAKEN()
  }

  #reserveWanted(wanted: string): string | undefined {
    return this.#addresses.reserve(wanted) ? wanted : undefined
  }

  /** Of all at once: reading what the kernel remembers takes some 10 ms, however little it is. */
  async #forgetFlows(): Promise<void> {
    const addresses = [...this.#stale]
    this.#stale.clear()
    await this.#context.worker.call('forgetFlows', { addresses, udpPorts: [] })
  }
}

export const familyOf = (text: string): 4 | 6 =>
  parseIpNetwork(text.includes('/') ? text : `${text}/0`)?.network.family ?? 4

const hasAddress = ({ plugged }: Slot, wanted: string): boolean =>
  plugged.addresses.some(({ address }) => address === wanted)

const isUsualDevice = ({ device }: Plugged, { devicePrefix }: LiveNetwork): boolean => device === `${devicePrefix}0`

/** A prepared namespace may do. */
const isPlain = ({ device, mac, ipv6, linkLocal, sysctls }: Wish, devicePrefix: string): boolean =>
  mac === undefined &&
  ipv6 === undefined &&
  linkLocal.length === 0 &&
  sysctls.length === 0 &&
  (device === undefined || device === `${devicePrefix}0`)
