import { type IpAddress, isUnspecified, parseIp } from '../../../formats/addresses/ip.ts'
import type { PortMap } from '../../../formats/engine-api/common.ts'
import { formatPort, type Port, type PortRange, parsePort, parsePortRange } from '../../../formats/ports/ports.ts'
import { networkFaults } from '../faults.ts'
import type { NetworkRequest } from '../networks.ts'

/** One binding that was asked for. */
export type PlannedPort = {
  /** `80/tcp`, as in the answer. */
  key: string
  protocol: 'tcp' | 'udp'
  containerPort: number
  /** The addresses to bind, all to the same port; of two unspecified ones the second may be missing on a host without IPv6. */
  addresses: IpAddress[]
  /** Ports to choose from; undefined: any free one. */
  range: PortRange | undefined
}
/** `unpublished`: exposed only; shown as null. */
export type PortPlan = { published: PlannedPort[]; unpublished: string[] }

const BOTH = [parseIp('0.0.0.0'), parseIp('::')] as IpAddress[]

/** Throws the 400 fault that names what cannot be read. `bindAddress`: for bindings without an address. */
export function planPorts(
  request: Pick<NetworkRequest, 'portBindings' | 'exposed' | 'publishAll'>,
  bindAddress: string,
  withIpv6: boolean,
): PortPlan {
  const bound = normalised(request.portBindings)
  const exposed = request.exposed.map(text => formatPort(readPort(text)))
  const isPublished = (key: string): boolean => (bound.get(key)?.length ?? 0) > 0
  const unbound = [...new Set([...exposed, ...bound.keys()])].filter(key => !isPublished(key))
  const random = request.publishAll ? unbound.map(key => [key, [{}]] as const) : []
  const published = [...bound, ...random].flatMap(([key, bindings]) =>
    bindings.map(binding => planOne(key, binding, bindAddress, withIpv6)),
  )
  // those with a port of their own come first, so that a free choice does not take one of them
  published.sort((one, other) => Number(one.range === undefined) - Number(other.range === undefined))
  return { published, unpublished: request.publishAll ? [] : unbound }
}

type Binding = { HostIp?: string; HostPort?: string }

function normalised(bindings: PortMap): Map<string, Binding[]> {
  const byKey = new Map<string, Binding[]>()
  for (const [text, list] of Object.entries(bindings)) {
    const key = formatPort(readPort(text))
    byKey.set(key, [...(byKey.get(key) ?? []), ...(list ?? [])])
  }
  return byKey
}

function readPort(text: string): Port {
  const port = parsePort(text)
  if (!port) throw networkFaults.BAD_PORT(text)
  return port
}

function planOne(key: string, { HostIp, HostPort }: Binding, bindAddress: string, withIpv6: boolean): PlannedPort {
  const { number, protocol } = readPort(key)
  if (protocol === 'sctp') throw networkFaults.NO_SCTP(key)
  return {
    key,
    protocol,
    containerPort: number,
    addresses: addressesOf(HostIp || bindAddress, !HostIp && withIpv6),
    range: rangeOf(HostPort ?? ''),
  }
}

function addressesOf(text: string, mayBeBoth: boolean): IpAddress[] {
  const address = parseIp(text.replace(/^\[(.*)\]$/, '$1'))
  if (!address) throw networkFaults.BAD_HOST_ADDRESS(text)
  return mayBeBoth && isUnspecified(address) && address.family === 4 ? BOTH : [address]
}

function rangeOf(text: string): PortRange | undefined {
  if (text === '' || text === '0') return undefined
  try {
    const range = parsePortRange(text)
    if (range.first > 0) return range
  } catch {}
  throw networkFaults.BAD_PORT(text)
}
