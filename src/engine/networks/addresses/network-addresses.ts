import { holds, type IpNetwork, parseIpNetwork } from '../../../formats/addresses/ip-network.ts'
import { networkFaults } from '../faults.ts'
import type { SubnetSpec } from '../network-spec.ts'
import { AddressPool } from './address-pool.ts'

type Subnet = { spec: SubnetSpec; network: IpNetwork; pool: AddressPool }

/** Who has which address of a network. */
export class NetworkAddresses {
  readonly #name: string
  readonly #subnets: Subnet[]

  constructor(name: string, specs: SubnetSpec[]) {
    this.#name = name
    this.#subnets = specs.map(spec => {
      const { network } = parsed(spec.subnet)
      const pool = new AddressPool(network, spec.range === undefined ? network : parsed(spec.range).network)
      for (const address of [spec.gateway, ...Object.values(spec.auxiliary)]) if (address) pool.reserve(address)
      return { spec, network, pool }
    })
  }

  has(family: 4 | 6): boolean {
    return this.#subnets.some(({ network }) => network.family === family)
  }

  /** The next free one, of the first subnet that has one; undefined: there is none. */
  take(family: 4 | 6): string | undefined {
    for (const { network, pool } of this.#subnets) {
      const address = network.family === family ? pool.take() : undefined
      if (address !== undefined) return address
    }
    return undefined
  }

  /** False if it is taken. */
  reserve(address: string): boolean {
    return this.#subnetOf(address)?.pool.reserve(address) ?? false
  }

  free(address: string): void {
    this.#subnetOf(address)?.pool.free(address)
  }

  holds(address: string): boolean {
    return this.#subnetOf(address) !== undefined
  }

  prefixOf(address: string): number {
    return this.#subnetOf(address)?.network.prefix ?? 0
  }

  /** What the way out of an address's network is. */
  gatewayOf(address: string): string | undefined {
    return this.#subnetOf(address)?.spec.gateway
  }

  missing(family: 4 | 6) {
    return networkFaults.NO_ADDRESS(`IPv${family}`, this.#name)
  }

  #subnetOf(address: string): Subnet | undefined {
    return this.#subnets.find(({ network }) => holds(network, address))
  }
}

function parsed(text: string) {
  const found = parseIpNetwork(text)
  if (!found) throw new TypeError(`not a network: ${text}`)
  return found
}
