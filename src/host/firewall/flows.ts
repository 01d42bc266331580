import { ipv4OfBytes } from '../../formats/addresses/ipv4.ts'
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
const CTA_PROTO_NUM = 1
const CTA_PROTO_DST_PORT = 3
const NESTED = 0x8000
const AF_INET = 2
const IPPROTO_UDP = 17
/** struct nfgenmsg. */
const family = (): Uint8Array => Uint8Array.of(AF_INET, 0, 0, 0)
const HEADER_BYTES = 4

export type FlowsOf = { addresses: number[]; udpPorts: number[] }

/**
 * Forgets connections from or to these addresses, and UDP ones to these ports of the host: a flow that outlives its container
 * would go on to whoever has the address next, and one from before a port was published would never be rewritten.
 */
export function forgetFlows({ addresses, udpPorts }: FlowsOf, socket: NetlinkSocket): void {
  const doomedAddresses = new Set(addresses)
  const doomedPorts = new Set(udpPorts)
  const flows = socket.dump({ type: GET, flags: 0, family: family(), attributes: [] }, 'list connections')
  for (const flow of flows) {
    const attributes = parseAttributes(flow, HEADER_BYTES)
    const told = [CTA_TUPLE_ORIG, CTA_TUPLE_REPLY].map(tuple => readTuple(attributes.get(tuple)))
    const isDoomed =
      told.some(tuple => doomedAddresses.has(tuple.source) || doomedAddresses.has(tuple.destination)) ||
      (told[0]?.protocol === IPPROTO_UDP && doomedPorts.has(told[0].port))
    if (isDoomed) forget(attributes, socket)
  }
}

function readTuple(bytes: Uint8Array = new Uint8Array()) {
  const parts = parseAttributes(bytes)
  const ip = parseAttributes(parts.get(CTA_TUPLE_IP) ?? new Uint8Array())
  const protocol = parseAttributes(parts.get(CTA_TUPLE_PROTO) ?? new Uint8Array())
  const port = protocol.get(CTA_PROTO_DST_PORT)
  return {
    source: ipv4OfBytes(ip.get(CTA_IP_V4_SRC) ?? new Uint8Array(4)),
    destination: ipv4OfBytes(ip.get(CTA_IP_V4_DST) ?? new Uint8Array(4)),
    protocol: protocol.get(CTA_PROTO_NUM)?.[0] ?? 0,
    port: port ? ((port[0] ?? 0) << 8) | (port[1] ?? 0) : 0,
  }
}

function forget(attributes: Map<number, Uint8Array>, socket: NetlinkSocket): void {
  const tuple = attributes.get(CTA_TUPLE_ORIG)
  const id = attributes.get(CTA_ID)
  if (!tuple) return
  const named = [bytesAttribute(CTA_TUPLE_ORIG | NESTED, tuple), ...(id ? [bytesAttribute(CTA_ID, id)] : [])]
  const request: Request = { type: DELETE, flags: 0, family: family(), attributes: named }
  try {
    socket.run([request], 'forget connection')
  } catch (failure) {
    // ended by itself meanwhile
    if (!hasCode(failure, 'ENOENT')) throw failure
  }
}
