import { type IpAddress, parseIp } from '../../../formats/addresses/ip.ts'
import { addressText, holds, type IpNetwork, lastNumberOf, numberOf } from '../../../formats/addresses/ip-network.ts'

/** No network is searched further than this for a free address. */
const TRIES_MOST = 1 << 20

/**
 * The addresses of one network. They are given out in rising order and come round only when the end is reached, so that an
 * address is not another container's again while somebody may still remember the last one.
 */
export class AddressPool {
  readonly network: IpNetwork
  readonly #range: IpNetwork
  readonly #used = new Set<bigint>()
  #next: bigint

  /** `range` is the part of the network that addresses are taken from. */
  constructor(network: IpNetwork, range: IpNetwork = network) {
    this.network = network
    this.#range = range
    this.#next = range.first
    for (const edge of edgesOf(network)) this.#used.add(edge)
  }

  /** The next free address, or undefined. */
  take(): string | undefined {
    const last = lastNumberOf(this.#range)
    for (let tried = this.#range.first; tried <= last && tried - this.#range.first < TRIES_MOST; tried++) {
      const number = this.#next
      this.#next = number === last ? this.#range.first : number + 1n
      if (this.#used.has(number)) continue
      this.#used.add(number)
      return addressText(this.network.family, number)
    }
    return undefined
  }

  /** False if it is taken, or not of this network. */
  reserve(address: string): boolean {
    const number = this.#numberOf(address)
    if (number === undefined || this.#used.has(number)) return false
    this.#used.add(number)
    return true
  }

  free(address: string): void {
    const number = this.#numberOf(address)
    if (number !== undefined && !edgesOf(this.network).includes(number)) this.#used.delete(number)
  }

  #numberOf(address: string): bigint | undefined {
    return holds(this.network, address) ? numberOf(parseIp(address) as IpAddress) : undefined
  }
}

/** The network's own address (for IPv6 the routers' anycast address) and the broadcast address; a /31 and a /32 have none (RFC 3021, RFC 6164). */
function edgesOf(network: IpNetwork): bigint[] {
  if (network.family === 4) return network.prefix < 31 ? [network.first, lastNumberOf(network)] : []
  return network.prefix < 127 ? [network.first] : []
}
