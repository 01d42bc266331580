import { formatIpv6 } from '../../formats/addresses/ip.ts'
import { formatIpv4, ipv4OfBytes } from '../../formats/addresses/ipv4.ts'
import { hasCode } from '../syscalls/call.ts'
import type { NetlinkSocket } from '../syscalls/netlink.ts'
import { bytesAttribute, parseAttributes, type Request } from '../syscalls/netlink-message.ts'

/** Known connections (conntrack). Source: linux/netfilter/nfnetlink_conntrack.h. */
const SUBSYSTEM = 1 << 8
const GET = SUBSYSTEM | 1
const DELETE = SUBSYSTEM | 2
const CTA_TUPLE_ORIG = 1
const CTA_TUPLE_REPLY = 2
const CTA_ID = 12
const CTA_TUPLE_IP = 1
const CTA_TUPLE_PROTO = 2
const CTA_IP_V4_SRC = 1
const CTA_IP_V4_DST = 2
const CTA_IP_V6_SRC = 3
const CTA_IP_V6_DST = 4
const CTA_PROTO_NUM = 1
const CTA_PROTO_DST_PORT = 3
const NESTED = 0x8000
const AF_INET = 2
const AF_INET6 = 10
const IPPROTO_UDP = 17
/** struct nfgenmsg. */
const header = (family: number): Uint8Array => Uint8Array.of(family, 0, 0, 0)
const HEADER_BYTES = 4

export type FlowsOf = { addresses: string[]; udpPorts: number[] }

/**
 * Forgets connections from or to these addresses, and UDP ones to these ports of the host: a flow that outlives its container
 * would go on to whoever has the address next, and one from before a port was published would never be rewritten.
 */
export function forgetFlows({ addresses, udpPorts }: FlowsOf, socket: NetlinkSocket): void {
  const doomed: Doomed = { addresses: new Set(addresses), ports: new Set(udpPorts) }
  for (const family of [AF_INET, AF_INET6]) {
    const request = { type: GET, flags: 0, family: header(family), attributes: [] }
    for (const flow of socket.dump(request, 'list connections')) {
      const attributes = parseAttributes(flow, HEADER_BYTES)
      if (isDoomed(attributes, doomed)) forget(attributes, family, socket)
    }
  }
}

type Doomed = { addresses: Set<string>; ports: Set<number> }

function isDoomed(attributes: Map<number, Uint8Array>, { addresses, ports }: Doomed): boolean {
  const told = [CTA_TUPLE_ORIG, CTA_TUPLE_REPLY].map(tuple => readTuple(attributes.get(tuple)))
  const isOf = told.some(({ source, destination }) => addresses.has(source) || addresses.has(destination))
  return isOf || (told[0]?.protocol === IPPROTO_UDP && ports.has(told[0].port))
}

function readTuple(bytes: Uint8Array = new Uint8Array()) {
  const parts = parseAttributes(bytes)
  const ip = parseAttributes(parts.get(CTA_TUPLE_IP) ?? new Uint8Array())
  const protocol = parseAttributes(parts.get(CTA_TUPLE_PROTO) ?? new Uint8Array())
  const port = protocol.get(CTA_PROTO_DST_PORT)
  return {
    source: addressOf(ip.get(CTA_IP_V4_SRC), ip.get(CTA_IP_V6_SRC)),
    destination: addressOf(ip.get(CTA_IP_V4_DST), ip.get(CTA_IP_V6_DST)),
    protocol: protocol.get(CTA_PROTO_NUM)?.[0] ?? 0,
    port: port ? ((port[0] ?? 0) << 8) | (port[1] ?? 0) : 0,
  }
}

const addressOf = (v4: Uint8Array | undefined, v6: Uint8Array | undefined): string =>
  v4 ? formatIpv4(ipv4OfBytes(v4)) : v6 ? formatIpv6(v6) : ''

function forget(attributes: Map<number, Uint8Array>, family: number, socket: NetlinkSocket): void {
  const tuple = attributes.get(CTA_TUPLE_ORIG)
  const id = attributes.get(CTA_ID)
  if (!tuple) return
  const named = [bytesAttribute(CTA_TUPLE_ORIG | NESTED, tuple), ...(id ? [bytesAttribute(CTA_ID, id)] : [])]
  const request: Request = { type: DELETE, flags: 0, family: header(family), attributes: named }
  try {
    socket.run([request], 'forget connection')
  } catch (failure) {
    // ended by itself meanwhile
    if (!hasCode(failure, 'ENOENT')) throw failure
  }
}
