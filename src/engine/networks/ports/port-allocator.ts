import { readFileSync } from 'node:fs'
import { Fault } from '../../../base/faults.ts'
import { type IpAddress, isUnspecified } from '../../../formats/addresses/ip.ts'
import type { PortRange } from '../../../formats/ports/ports.ts'
import { type BoundPort, bindPort } from '../../../host/port-proxy/port-proxy.ts'
import { errnoText, hasCode, SystemCallError } from '../../../host/syscalls/call.ts'
import { networkFaults } from '../faults.ts'
import type { PlannedPort } from './port-plan.ts'

/** A binding that was carried out: one address and port of the host. */
export type HeldPort = {
  key: string
  protocol: 'tcp' | 'udp'
  containerPort: number
  address: IpAddress
  hostPort: number
}
export type Endpoint = { name: string; id: string }
type Taken = Pick<HeldPort, 'protocol' | 'address' | 'hostPort'>

/**
 * The host's ports, as far as this daemon has published them. A port is taken by binding it: the kernel decides, whoever
 * else is on the machine. What we hold ourselves is known here too, to say so in the error, and to leave it out of a choice.
 */
export class PortAllocator {
  readonly #taken = new Map<string, Taken[]>()
  #next = 0

  /** Binds everything or nothing. The descriptors are the caller's. */
  bind(planned: PlannedPort[], endpoint: Endpoint): { held: HeldPort; bound: BoundPort }[] {
    const done: { held: HeldPort; bound: BoundPort }[] = []
    try {
      for (const plan of planned) done.push(...this.#bindOne(plan, endpoint))
      return done
    } catch (failure) {
      for (const { bound } of done) bound[Symbol.dispose]()
      this.free(done.map(({ held }) => held))
      throw failure
    }
  }

  /** Ports that a proxy of an earlier daemon holds. */
  adopt(ports: Taken[]): void {
    for (const port of ports) this.#listFor(port).push(port)
  }

  free(ports: Taken[]): void {
    for (const port of ports) {
      const key = keyOf(port)
      const left = (this.#taken.get(key) ?? []).filter(({ address }) => address.text !== port.address.text)
      if (left.length > 0) this.#taken.set(key, left)
      else this.#taken.delete(key)
    }
  }

  #bindOne(plan: PlannedPort, endpoint: Endpoint): { held: HeldPort; bound: BoundPort }[] {
    const range = plan.range ?? ephemeralPorts()
    const isOnlyOne = range.first === range.last
    for (const hostPort of plan.range ? rising(range) : this.#round(range)) {
      try {
        return this.#bindAt(plan, hostPort, endpoint)
      } catch (failure) {
        if (isOnlyOne || !isTaken(failure)) throw failure
      }
    }
    throw networkFaults.NO_FREE_PORT(endpoint.name, endpoint.id, `${range.first}-${range.last}`)
  }

  #bindAt(plan: PlannedPort, hostPort: number, endpoint: Endpoint): { held: HeldPort; bound: BoundPort }[] {
    const { key, protocol, containerPort } = plan
    const done: { held: HeldPort; bound: BoundPort }[] = []
    try {
      for (const address of plan.addresses) {
        const held = { key, protocol, containerPort, address, hostPort }
        const bound = this.#open(held, endpoint, done.length > 0 && isUnspecified(address))
        if (bound) done.push({ held, bound })
      }
    } catch (failure) {
      for (const { bound } of done) bound[Symbol.dispose]()
      throw failure
    }
    this.adopt(done.map(({ held }) => held))
    return done
  }

  /** undefined only if it `mayMiss` and the host has no such family. */
  #open(port: Taken, { name, id }: Endpoint, mayMiss: boolean): BoundPort | undefined {
    if (this.#isHeld(port)) throw networkFaults.PORT_ALLOCATED(name, id, placeOf(port))
    try {
      return bindPort(port.protocol, { address: port.address.bytes, port: port.hostPort })
    } catch (failure) {
      if (mayMiss && hasCode(failure, 'EAFNOSUPPORT', 'EADDRNOTAVAIL')) return undefined
      if (!(failure instanceof SystemCallError)) throw failure
      const family = `${port.protocol}${port.address.family}`
      const detail = { cause: failure }
      throw networkFaults.PORT_IN_USE(name, id, family, placeOf(port), errnoText(failure.errno), detail)
    }
  }

  #isHeld(port: Taken): boolean {
    return (this.#taken.get(keyOf(port)) ?? []).some(({ address }) => meet(address, port.address))
  }

  #listFor(port: Taken): Taken[] {
    const list = this.#taken.get(keyOf(port)) ?? []
    this.#taken.set(keyOf(port), list)
    return list
  }

  /** Each port of the range once, beginning behind the last that was given out. */
  *#round({ first, last }: PortRange): Generator<number> {
    const size = last - first + 1
    for (let tried = 0; tried < size; tried++) {
      const port = this.#next >= first && this.#next <= last ? this.#next : first
      this.#next = port + 1
      yield port
    }
  }
}

const keyOf = ({ protocol, hostPort }: Taken): string => `${protocol}/${hostPort}`
const meet = (one: IpAddress, other: IpAddress): boolean =>
  one.family === other.family && (isUnspecified(one) || isUnspecified(other) || one.text === other.text)
const placeOf = ({ address, hostPort }: Taken): string =>
  address.family === 6 ? `[${address.text}]:${hostPort}` : `${address.text}:${hostPort}`

function* rising({ first, last }: PortRange): Generator<number> {
  for (let port = first; port <= last; port++) yield port
}

/** Another port may be free; an address that the host has not, or a right that we have not, will not come by trying on. */
const isTaken = (failure: unknown): boolean =>
  failure instanceof Fault &&
  (failure.code === 'NETWORK_PORT_ALLOCATED' ||
    (failure.code === 'NETWORK_PORT_IN_USE' && hasCode(failure.cause, 'EADDRINUSE')))

/** The range that the kernel gives to those who do not care; Docker takes from it too. */
function ephemeralPorts(): PortRange {
  const [first = 32768, last = 60999] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')
    .trim()
    .split(/\s+/)
    .map(Number)
  return { first, last }
}
