import { logger } from '../../base/log.ts'
import { parseCidr, parseIpv4, type Subnet } from '../../formats/addresses/ipv4.ts'
import { macOf } from '../../formats/addresses/mac.ts'
import type { FirewallNetwork } from '../../host/firewall/ruleset.ts'
import { AddressPool } from './addresses/address-pool.ts'
import { bridgeCandidates, containerRange } from './addresses/candidates.ts'
import type { NetworksContext } from './context.ts'
import { networkFaults } from './faults.ts'
import { NamespacePool } from './namespace-pool.ts'
import { addressOfLink, type BridgedSandbox, linkOf, newSandbox } from './sandbox.ts'

const log = logger('networks')
const READY_LEAST = 8
const READY_MOST = 32
/** Tries for an address whose link is still being destroyed. */
const BUILD_TRIES = 3

/** The default bridge while it is up: its addresses and its prepared namespaces. */
export class BridgeNetwork {
  readonly #context: NetworksContext
  /** Of the link. */
  readonly index: number
  readonly cidr: string
  readonly gateway: number
  readonly subnet: Subnet
  readonly addresses: AddressPool
  readonly #pool: NamespacePool<BridgedSandbox>
  /** Addresses that containers have had. */
  readonly #stale = new Set<number>()

  constructor(context: NetworksContext, index: number, cidr: string) {
    const { address, subnet } = parseCidr(cidr)!
    this.#context = context
    this.index = index
    this.cidr = cidr
    this.gateway = address
    this.subnet = subnet
    this.addresses = new AddressPool(subnet, containerRange(context.settings, subnet))
    this.addresses.reserve(address)
    this.#pool = new NamespacePool({
      name: 'bridge',
      least: READY_LEAST,
      most: READY_MOST,
      build: () => this.#build(),
      discard: sandboxes => this.discard(sandboxes),
    })
  }

  get firewall(): FirewallNetwork {
    const { settings, instance } = this.#context
    const { icc, userlandProxy = true, ipMasq = true } = settings
    const proxyHairpin = userlandProxy ? (icc ? 'own' : 'all') : 'none'
    return { bridge: instance.bridge, subnet: this.subnet, icc, masquerade: ipMasq, proxyHairpin }
  }

  open(): Promise<void> {
    return this.#pool.open()
  }

  close(): Promise<void> {
    return this.#pool.close()
  }

  /** A prepared one; one with a MAC of its own is made for the occasion. */
  take(mac?: string): Promise<BridgedSandbox> | BridgedSandbox {
    return mac === undefined ? this.#pool.take() : this.#build(mac)
  }

  giveBack(sandbox: BridgedSandbox): void {
    if (sandbox.mac === macOf(sandbox.address)) this.#pool.giveBack(sandbox)
    else void this.discard([sandbox])
  }

  /** For one that a container has used: connections of that container may still be remembered under its address. */
  release(sandbox: BridgedSandbox): Promise<void> {
    this.#stale.add(sandbox.address)
    return this.discard([sandbox])
  }

  discard(sandboxes: BridgedSandbox[]): Promise<void> {
    const links = sandboxes.map(({ link, address }) => ({ link, gone: () => this.addresses.free(address) }))
    return this.#context.takeDown.begin(
      sandboxes.map(({ name }) => name),
      links,
    )
  }

  /** Links that nobody owns: their addresses stay taken until they are gone. */
  discardLinks(links: string[]): Promise<void> {
    const { instance, takeDown } = this.#context
    const dying = links.map(link => {
      const address = addressOfLink(instance.linkPrefix, link)
      this.addresses.reserve(address)
      return { link, gone: () => this.addresses.free(address) }
    })
    return takeDown.begin([], dying)
  }

  async #build(mac?: string): Promise<BridgedSandbox> {
    for (let tries = 1; ; tries++) {
      const address = await this.#address()
      const { instance, directory } = this.#context
      const sandbox = {
        ...newSandbox(directory),
        link: linkOf(instance.linkPrefix, address),
        address,
        mac: mac ?? macOf(address),
      }
      try {
        await this.#make(sandbox)
        return sandbox
      } catch (failure) {
        this.addresses.free(address)
        if (tries === BUILD_TRIES) throw failure
        log.warn('a namespace could not be built; trying another address', { link: sandbox.link, error: failure })
      }
    }
  }

  async #make({ name, link, address, mac }: BridgedSandbox): Promise<void> {
    const { worker, directory, settings } = this.#context
    if (this.#stale.has(address)) await this.#forgetFlows()
    await worker.call('buildSlot', {
      directory,
      name,
      link,
      bridge: this.index,
      mtu: settings.mtu,
      address,
      prefix: this.subnet.prefix,
      gateway: this.gateway,
      mac,
      port: { isolated: !settings.icc, hairpin: settings.userlandProxy === false && settings.icc },
    })
  }

  /** Of all at once: reading what the kernel remembers takes some 10 ms, however little it is. */
  async #forgetFlows(): Promise<void> {
    const addresses = [...this.#stale]
    this.#stale.clear()
    await this.#context.worker.call('forgetFlows', { addresses, udpPorts: [] })
  }

  /** Waits for addresses that are just being given back, if there is no other. */
  async #address(): Promise<number> {
    const address = this.addresses.take()
    if (address !== undefined) return address
    await this.#context.takeDown.settled()
    const freed = this.addresses.take()
    if (freed === undefined) throw networkFaults.NO_ADDRESS('bridge')
    return freed
  }
}

/** Makes the bridge, or finds it. While containers are on it, it keeps the address that they know as their gateway. */
export async function openBridge(context: NetworksContext, hasContainers: boolean): Promise<BridgeNetwork> {
  const { worker, instance, settings, records } = context
  const before = records.get('bridge').cidr
  const candidates = hasContainers && before ? [before] : bridgeCandidates(settings, before)
  const plan = { name: instance.bridge, mtu: settings.mtu, candidates, routeLocalnet: true }
  const made = await worker.call('ensureBridge', plan)
  if (!made) throw networkFaults.NO_SUBNET()
  if (made.cidr !== before) records.setCidr('bridge', made.cidr)
  return new BridgeNetwork(context, made.index, made.cidr)
}

/** The number of an address that this engine has stored. */
export const storedAddress = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : parseIpv4(text)
