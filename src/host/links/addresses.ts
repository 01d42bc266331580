import { type IpAddress, parseIp } from '../../formats/addresses/ip.ts'
import { addressText, type IpNetwork, lastNumberOf, networkAround } from '../../formats/addresses/ip-network.ts'
import type { NetlinkSocket } from '../syscalls/netlink.ts'
import {
  type Attribute,
  bytesAttribute,
  parseAttributes,
  type Request,
  readU32,
  u32,
} from '../syscalls/netlink-message.ts'

/** Addresses and routes of both families by rtnetlink. Sources: rtnetlink(7), linux/if_addr.h, linux/rtnetlink.h. */
const RTM_NEWADDR = 20
const RTM_GETADDR = 22
const RTM_NEWROUTE = 24
const RTM_DELROUTE = 25
const RTM_GETROUTE = 26
const EXCLUSIVE_CREATE = 0x600
const REPLACE_CREATE = 0x500
const AF_INET = 2
const AF_INET6 = 10
const IFA_ADDRESS = 1
const IFA_LOCAL = 2
const IFA_BROADCAST = 4
/** An address that is used at once: the engine knows that it is nobody else's. */
const IFA_F_NODAD = 2
const RTA_DST = 1
const RTA_OIF = 4
const RTA_GATEWAY = 5
const RT_TABLE_MAIN = 254
const RTPROT_STATIC = 4
const RT_SCOPE_LINK = 253
const RTN_UNICAST = 1
const ADDRESS_HEADER_BYTES = 8
const ROUTE_HEADER_BYTES = 12

const systemFamily = (family: 4 | 6): number => (family === 4 ? AF_INET : AF_INET6)

export function readAddress(text: string): IpAddress {
  const ip = parseIp(text)
  if (!ip) throw new TypeError(`not an address: ${JSON.stringify(text)}`)
  return ip
}

/** struct ifaddrmsg. */
function addressHeader(family: 4 | 6, index: number, prefix: number): Uint8Array {
  const flags = family === 6 ? IFA_F_NODAD : 0
  const bytes = Uint8Array.of(systemFamily(family), prefix, flags, 0, 0, 0, 0, 0)
  new DataView(bytes.buffer).setUint32(4, index, true)
  return bytes
}

/** struct rtmsg; a route without a gateway leads to what is on the link. */
const routeHeader = (family: 4 | 6, prefix: number, scope = 0): Uint8Array =>
  Uint8Array.of(systemFamily(family), prefix, 0, 0, RT_TABLE_MAIN, RTPROT_STATIC, scope, RTN_UNICAST, 0, 0, 0, 0)

/** An address on a link, for IPv4 with its network's broadcast address. */
export function newAddress(index: number, address: string, prefix: number): Request {
  const ip = readAddress(address)
  const attributes = [bytesAttribute(IFA_LOCAL, ip.bytes), bytesAttribute(IFA_ADDRESS, ip.bytes)]
  if (ip.family === 4 && prefix < 31) attributes.push(bytesAttribute(IFA_BROADCAST, broadcastOf(ip, prefix)))
  return { type: RTM_NEWADDR, flags: EXCLUSIVE_CREATE, family: addressHeader(ip.family, index, prefix), attributes }
}

const broadcastOf = (ip: IpAddress, prefix: number): Uint8Array =>
  readAddress(addressText(4, lastNumberOf(networkAround(ip, prefix)))).bytes

/** In place of the one that is there. `gateway` undefined: everything is on the link itself. */
export function defaultRoute(index: number, family: 4 | 6, gateway?: string): Request {
  const way: Attribute[] = gateway === undefined ? [] : [bytesAttribute(RTA_GATEWAY, readAddress(gateway).bytes)]
  const scope = gateway === undefined && family === 4 ? RT_SCOPE_LINK : 0
  return {
    type: RTM_NEWROUTE,
    flags: REPLACE_CREATE,
    family: routeHeader(family, 0, scope),
    attributes: [...way, u32(RTA_OIF, index)],
  }
}

/** Every default route of a family goes: ENOENT or ESRCH says that there is none any more. */
export const deleteDefaultRoute = (family: 4 | 6): Request => ({
  type: RTM_DELROUTE,
  flags: 0,
  // any scope and any origin
  family: Uint8Array.of(systemFamily(family), 0, 0, 0, RT_TABLE_MAIN, 0, 255, 0, 0, 0, 0, 0),
  attributes: [],
})

export type LinkAddress = { index: number; address: string; prefix: number }

export function listAddresses(socket: NetlinkSocket): LinkAddress[] {
  return ([4, 6] as const).flatMap(family => {
    const request = { type: RTM_GETADDR, flags: 0, family: addressHeader(family, 0, 0), attributes: [] }
    return dumpFamily(socket, request, family, 'list addresses').map(payload => readLinkAddress(payload, family))
  })
}

function readLinkAddress(payload: Uint8Array, family: 4 | 6): LinkAddress {
  const attributes = parseAttributes(payload, ADDRESS_HEADER_BYTES)
  const bytes = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS)
  const index = new DataView(payload.buffer, payload.byteOffset).getUint32(4, true)
  return { index, address: textOf(bytes, family), prefix: payload[1] ?? 0 }
}

export type Route = { destination: IpNetwork; index: number }

/** The host's unicast routes, whatever their table, but the default ones. */
export function listRoutes(socket: NetlinkSocket): Route[] {
  return ([4, 6] as const).flatMap(family => {
    const header = new Uint8Array(ROUTE_HEADER_BYTES)
    header[0] = systemFamily(family)
    return dumpFamily(socket, { type: RTM_GETROUTE, flags: 0, family: header, attributes: [] }, family, 'list routes')
      .filter(payload => payload[7] === RTN_UNICAST && (payload[1] ?? 0) > 0)
      .map(payload => readRoute(payload, family))
  })
}

function readRoute(payload: Uint8Array, family: 4 | 6): Route {
  const attributes = parseAttributes(payload, ROUTE_HEADER_BYTES)
  const destination = readAddress(textOf(attributes.get(RTA_DST), family))
  return {
    destination: networkAround(destination, payload[1] ?? 0),
    index: readU32(attributes.get(RTA_OIF)) ?? 0,
  }
}

/** A kernel without IPv6 answers for IPv4 instead: what is of another family is left out. */
const dumpFamily = (socket: NetlinkSocket, request: Request, family: 4 | 6, what: string): Uint8Array[] =>
  socket.dump(request, what).filter(payload => payload[0] === systemFamily(family))

const textOf = (bytes: Uint8Array | undefined, family: 4 | 6): string =>
  addressText(
    family,
    (bytes ?? new Uint8Array(family === 4 ? 4 : 16)).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n),
  )
