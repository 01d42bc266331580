import { contains, lastOf, type Subnet } from '../../../formats/addresses/ipv4.ts'

/**
 * The addresses of one network. They are given out in rising order and come round only when the end is reached, so that an
 * address is not another container's again while somebody may still remember the last one.
 */
export class AddressPool {
  readonly subnet: Subnet
  readonly #range: Subnet
  readonly #used = new Set<number>()
  #next: number

  /** `range` is the part of the network that addresses are taken from. */
  constructor(subnet: Subnet, range: Subnet = subnet) {
    this.subnet = subnet
    this.#range = range
    this.#next = range.first
    // the network's own address and its broadcast address; a /31 and a /32 have none (RFC 3021)
    if (subnet.prefix < 31) for (const edge of [subnet.first, lastOf(subnet)]) this.#used.add(edge)
  }

  /** The next free address, or undefined. */
  take(): number | undefined {
    const size = lastOf(this.#range) - this.#range.first + 1
    for (let tried = 0; tried < size; tried++) {
      const address = this.#next
      this.#next = address === lastOf(this.#range) ? this.#range.first : address + 1
      if (this.reserve(address)) return address
    }
    return undefined
  }

  /** False if it is taken, or not of this network. */
  reserve(address: number): boolean {
    if (!contains(this.subnet, address) || this.#used.has(address)) return false
    this.#used.add(address)
    return true
  }

  free(address: number): void {
    this.#used.delete(address)
  }
}
