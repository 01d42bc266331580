import { ipv4Bytes, ipv4OfBytes, lastOf, type Subnet, subnetAround } from '../../formats/addresses/ipv4.ts'
import type { NetlinkSocket } from '../syscalls/netlink.ts'
import { bytesAttribute, parseAttributes, type Request, readU32, u32 } from '../syscalls/netlink-message.ts'

/** IPv4 addresses and routes by rtnetlink. Sources: rtnetlink(7), linux/if_addr.h, linux/rtnetlink.h. */
const RTM_NEWADDR = 20
const RTM_GETADDR = 22
const RTM_NEWROUTE = 24
const RTM_GETROUTE = 26
const EXCLUSIVE_CREATE = 0x600
const AF_INET = 2
const IFA_ADDRESS = 1
const IFA_LOCAL = 2
const IFA_BROADCAST = 4
const RTA_DST = 1
const RTA_OIF = 4
const RTA_GATEWAY = 5
const RT_TABLE_MAIN = 254
const RTPROT_STATIC = 4
const RTN_UNICAST = 1
const ADDRESS_HEADER_BYTES = 8
const ROUTE_HEADER_BYTES = 12

/** struct ifaddrmsg. */
function addressHeader(index: number, prefix: number): Uint8Array {
  const bytes = Uint8Array.of(AF_INET, prefix, 0, 0, 0, 0, 0, 0)
  new DataView(bytes.buffer).setUint32(4, index, true)
  return bytes
}

/** struct rtmsg; scope universe. */
const routeHeader = (prefix: number): Uint8Array =>
  Uint8Array.of(AF_INET, prefix, 0, 0, RT_TABLE_MAIN, RTPROT_STATIC, 0, RTN_UNICAST, 0, 0, 0, 0)

/** An address on a link, with its network's broadcast address. */
export function newAddress(index: number, address: number, prefix: number): Request {
  const attributes = [
    bytesAttribute(IFA_LOCAL, ipv4Bytes(address)),
    bytesAttribute(IFA_ADDRESS, ipv4Bytes(address)),
    bytesAttribute(IFA_BROADCAST, ipv4Bytes(lastOf(subnetAround(address, prefix)))),
  ]
  return { type: RTM_NEWADDR, flags: EXCLUSIVE_CREATE, family: addressHeader(index, prefix), attributes }
}

export const defaultRoute = (index: number, gateway: number): Request => ({
  type: RTM_NEWROUTE,
  flags: EXCLUSIVE_CREATE,
  family: routeHeader(0),
  attributes: [bytesAttribute(RTA_GATEWAY, ipv4Bytes(gateway)), u32(RTA_OIF, index)],
})

export type LinkAddress = { index: number; address: number; prefix: number }

export function listAddresses(socket: NetlinkSocket): LinkAddress[] {
  const items = socket.dump(
    { type: RTM_GETADDR, flags: 0, family: addressHeader(0, 0), attributes: [] },
    'list addresses',
  )
  return items.map(payload => {
    const attributes = parseAttributes(payload, ADDRESS_HEADER_BYTES)
    const local = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS) ?? new Uint8Array(4)
    const index = new DataView(payload.buffer, payload.byteOffset).getUint32(4, true)
    return { index, address: ipv4OfBytes(local), prefix: payload[1] ?? 32 }
  })
}

export type Route = { destination: Subnet; index: number }

/** The host's unicast routes, whatever their table, but the default ones. */
export function listRoutes(socket: NetlinkSocket): Route[] {
  const family = new Uint8Array(ROUTE_HEADER_BYTES)
  family[0] = AF_INET
  return socket
    .dump({ type: RTM_GETROUTE, flags: 0, family, attributes: [] }, 'list routes')
    .filter(payload => payload[7] === RTN_UNICAST && (payload[1] ?? 0) > 0)
    .map(payload => {
      const attributes = parseAttributes(payload, ROUTE_HEADER_BYTES)
      const destination = attributes.get(RTA_DST) ?? new Uint8Array(4)
      return {
        destination: { first: ipv4OfBytes(destination), prefix: payload[1] ?? 32 },
        index: readU32(attributes.get(RTA_OIF)) ?? 0,
      }
    })
}
