import { macOfAddress } from '../../formats/addresses/mac.ts'
import type { InterfacePlan } from '../../host/network-worker/interfaces.ts'
import { NetworkAddresses } from './addresses/network-addresses.ts'
import { familyOf } from './bridge-network.ts'
import type { NetworksContext } from './context.ts'
import { readVlanOptions, type VlanOptions } from './create/vlan-options.ts'
import { networkFaults } from './faults.ts'
import type { LiveNetwork, Plugged, WayOut, Wish } from './live-network.ts'
import type { NetworkRecord } from './network-spec.ts'
import { newSandbox, type Sandbox } from './sandbox.ts'

/** A macvlan or ipvlan network: its containers are on the wire of a link of the host, which has no part in what they say. */
export class VlanNetwork implements LiveNetwork {
  readonly record: NetworkRecord
  readonly firewall = undefined
  readonly bridges: string[] = []
  readonly devicePrefix = 'eth'
  readonly publishing = undefined
  readonly #context: NetworksContext
  readonly #options: VlanOptions
  readonly #addresses: NetworkAddresses
  readonly #parent: string
  readonly #ownsParent: boolean

  constructor(context: NetworksContext, record: NetworkRecord, parent: { name: string; isOwn: boolean }) {
    this.#context = context
    this.record = record
    this.#options = readVlanOptions(record.spec.driver as 'macvlan' | 'ipvlan', record.spec.options)
    this.#addresses = new NetworkAddresses(record.name, record.spec.subnets)
    this.#parent = parent.name
    this.#ownsParent = parent.isOwn
  }

  wayOut({ addresses }: Plugged, family: 4 | 6): WayOut | undefined {
    if (this.record.spec.internal) return undefined
    const { over } = this.#options
    const mine = addresses.find(({ address }) => familyOf(address) === family)
    if (!mine) return undefined
    // in its layer 3 modes the parent is the router, and there is nobody to ask for a MAC
    if (over.kind === 'ipvlan' && over.mode !== 'l2') return {}
    const gateway = this.#addresses.gatewayOf(mine.address)
    return gateway === undefined ? undefined : { gateway }
  }

  async takeSandbox(wish: Wish): Promise<{ sandbox: Sandbox; plugged: Plugged }> {
    const { worker, directory, takeDown } = this.#context
    const sandbox = newSandbox(directory)
    await worker.call('buildLoopback', { directory, name: sandbox.name })
    try {
      const device = wish.device ?? `${this.devicePrefix}0`
      const plugged = await this.#plug(sandbox.path, device, wish, true)
      return { sandbox, plugged }
    } catch (failure) {
      await takeDown.begin([sandbox.name])
      throw failure
    }
  }

  giveBack({ name }: Sandbox, plugged: Plugged): void {
    void this.#context.takeDown.begin([name]).then(() => this.#free(plugged))
  }

  plug(path: string, device: string, wish: Wish): Promise<Plugged> {
    return this.#plug(path, device, wish, false)
  }

  async unplug(path: string, plugged: Plugged): Promise<void> {
    await this.#context.worker.call('unplug', { path, device: plugged.device })
    this.#free(plugged)
  }

  /** Nothing of it is on the host. */
  dying(plugged: Plugged): [] {
    this.#free(plugged)
    return []
  }

  adopt({ addresses }: Plugged): void {
    for (const { address } of addresses) this.#addresses.reserve(address)
  }

  async restore(): Promise<void> {}

  holds(address: string): boolean {
    return this.#addresses.holds(address)
  }

  reserve(address: string): boolean {
    return this.#addresses.reserve(address)
  }

  free(address: string): void {
    this.#addresses.free(address)
  }

  async close(): Promise<void> {}

  async remove(): Promise<void> {
    if (this.#ownsParent) await this.#context.worker.call('removeLinks', [this.#parent])
  }

  async #plug(path: string, device: string, wish: Wish, withRoutes: boolean): Promise<Plugged> {
    const addresses = this.#claim(wish)
    const plugged = {
      device,
      mac: this.#options.over.kind === 'ipvlan' ? '' : (wish.mac ?? macOfAddress(addresses[0] ?? '')),
      addresses: addresses.map(address => ({ address, prefix: this.#addresses.prefixOf(address) })),
    }
    try {
      const inside = this.#inside(plugged, wish, withRoutes)
      await this.#context.worker.call('plugOver', { path, parent: this.#parent, inside, over: this.#options.over })
      return plugged
    } catch (failure) {
      this.#free(plugged)
      throw failure
    }
  }

  #inside(plugged: Plugged, wish: Wish, withRoutes: boolean): InterfacePlan {
    const { device, mac, addresses } = plugged
    const families = withRoutes ? ([4, 6] as const) : []
    return {
      device,
      mac,
      mtu: this.#options.mtu ?? 0,
      addresses,
      hasIpv6: addresses.some(({ address }) => familyOf(address) === 6),
      routes: families.flatMap(family => {
        const way = this.wayOut(plugged, family)
        return way ? [{ family, device, ...way }] : []
      }),
      sysctls: wish.sysctls,
    }
  }

  #claim({ ipv4, ipv6 }: Wish): string[] {
    const claimed: string[] = []
    const wanted = { 4: ipv4, 6: ipv6 }
    for (const family of [4, 6] as const) {
      if (!this.#addresses.has(family)) continue
      const address = this.#one(family, wanted[family])
      if (typeof address === 'string') claimed.push(address)
      else {
        for (const each of claimed) this.#addresses.free(each)
        throw address
      }
    }
    return claimed
  }

  #one(family: 4 | 6, wanted: string | undefined) {
    if (wanted === undefined) return this.#addresses.take(family) ?? this.#addresses.missing(family)
    return this.#addresses.reserve(wanted) ? wanted : networkFaults.ADDRESS_TAKEN()
  }

  #free({ addresses }: Plugged): void {
    for (const { address } of addresses) this.#addresses.free(address)
  }
}

/** Makes the parent where it is the network's own, or finds it. Throws NO_PARENT. */
export async function openVlan(context: NetworksContext, record: NetworkRecord): Promise<VlanNetwork> {
  const { worker } = context
  const { driver, options } = record.spec
  const { parent, vlan } = readVlanOptions(driver as 'macvlan' | 'ipvlan', options)
  const name = parent ?? `dm-${record.id.slice(0, 12)}`
  const isThere = await worker.call('hasLink', { name })
  if (!isThere && parent !== undefined) {
    const canBeMade = vlan && (await worker.call('hasLink', { name: vlan.parent }))
    if (!canBeMade) throw networkFaults.NO_PARENT(parent)
  }
  const isOwn = await worker.call('ensureParent', { name, vlan })
  return new VlanNetwork(context, record, { name, isOwn })
}
