import { macBytes } from '../../formats/addresses/mac.ts'
import type { NetlinkSocket } from '../syscalls/netlink.ts'
import {
  type Attribute,
  attributesBytes,
  bytesAttribute,
  nested,
  parseAttributes,
  type Request,
  readText,
  readU32,
  text,
  u8,
  u16,
  u32,
} from '../syscalls/netlink-message.ts'

/** Links by rtnetlink. Sources: rtnetlink(7), linux/if_link.h, linux/veth.h. */
const RTM_NEWLINK = 16
const RTM_DELLINK = 17
const RTM_GETLINK = 18
const EXCLUSIVE_CREATE = 0x600
const IFF_UP = 1
const IFLA_ADDRESS = 1
const IFLA_IFNAME = 3
const IFLA_MTU = 4
const IFLA_LINK = 5
const IFLA_MASTER = 10
const IFLA_LINKINFO = 18
const IFLA_GROUP = 27
const IFLA_NET_NS_FD = 28
const IFLA_INFO_KIND = 1
const IFLA_INFO_DATA = 2
const IFLA_INFO_SLAVE_KIND = 4
const IFLA_INFO_SLAVE_DATA = 5
const IFLA_BRPORT_MODE = 4
const IFLA_BRPORT_ISOLATED = 33
const VETH_INFO_PEER = 1
const LINK_HEADER_BYTES = 16

const IFLA_MACVLAN_MODE = 1
const IFLA_IPVLAN_MODE = 1
const IFLA_IPVLAN_FLAGS = 2
const IFLA_VLAN_ID = 1

/** Bridges of every instance carry this group, so that a rule can tell them from links that are foreign to all of them. */
export const BRIDGE_GROUP = 0x6265

export type Link = {
  index: number
  name: string
  /** `bridge`, `veth`, …; '' for hardware. */
  kind: string
  group: number
  /** Index of the bridge that it is a port of; 0 for none. */
  master: number
}

/** struct ifinfomsg; `up` undefined leaves the state alone. */
function linkHeader(index: number, up?: boolean): Uint8Array {
  const bytes = new Uint8Array(LINK_HEADER_BYTES)
  const view = new DataView(bytes.buffer)
  view.setInt32(4, index, true)
  if (up !== undefined) {
    view.setUint32(8, up ? IFF_UP : 0, true)
    view.setUint32(12, IFF_UP, true)
  }
  return bytes
}

const linkInfo = (kind: string, data: Attribute[]): Attribute =>
  nested(IFLA_LINKINFO, [text(IFLA_INFO_KIND, kind), nested(IFLA_INFO_DATA, data)])

/** A bridge, down. Its MAC is set, or it would follow that of its lowest port and change under everyone's neighbour caches. */
export function newBridge(name: string, mac: string, mtu: number): Request {
  const attributes = [
    text(IFLA_IFNAME, name),
    u32(IFLA_MTU, mtu),
    bytesAttribute(IFLA_ADDRESS, macBytes(mac)),
    u32(IFLA_GROUP, BRIDGE_GROUP),
    linkInfo('bridge', []),
  ]
  return { type: RTM_NEWLINK, flags: EXCLUSIVE_CREATE, family: linkHeader(0), attributes }
}

/** Both ends are down. `master` is an index; `namespace` is an open file of the peer's namespace. */
export type VethPair = {
  name: string
  master: number
  mtu: number
  peer: { name: string; mac: string; namespace: number }
}

/** Made whole in one request: there is no moment at which a killed daemon leaves a link that is no port of its bridge. */
export function newVethPair({ name, master, mtu, peer }: VethPair): Request {
  const inner = [
    text(IFLA_IFNAME, peer.name),
    bytesAttribute(IFLA_ADDRESS, macBytes(peer.mac)),
    u32(IFLA_MTU, mtu),
    u32(IFLA_NET_NS_FD, peer.namespace),
  ]
  const peerBytes = Buffer.concat([linkHeader(0), attributesBytes(inner)])
  const attributes = [
    text(IFLA_IFNAME, name),
    u32(IFLA_MTU, mtu),
    u32(IFLA_MASTER, master),
    linkInfo('veth', [bytesAttribute(VETH_INFO_PEER, peerBytes)]),
  ]
  return { type: RTM_NEWLINK, flags: EXCLUSIVE_CREATE, family: linkHeader(0), attributes }
}

/** Values of linux/if_link.h. */
export const MACVLAN_MODES = { private: 1, vepa: 2, bridge: 4, passthru: 8 } as const
export const IPVLAN_MODES = { l2: 0, l3: 1, l3s: 2 } as const
export const IPVLAN_FLAGS = { bridge: 0, private: 1, vepa: 2 } as const

/** A link over another one of the host, made in a container's namespace at once. `parent` is an index. */
export type OverLink = { name: string; parent: number; mtu: number; namespace: number } & (
  | { kind: 'macvlan'; mode: keyof typeof MACVLAN_MODES; mac: string }
  | { kind: 'ipvlan'; mode: keyof typeof IPVLAN_MODES; flag: keyof typeof IPVLAN_FLAGS }
)

export function newOverLink(plan: OverLink): Request {
  const data =
    plan.kind === 'macvlan'
      ? [u32(IFLA_MACVLAN_MODE, MACVLAN_MODES[plan.mode])]
      : [u16(IFLA_IPVLAN_MODE, IPVLAN_MODES[plan.mode]), u16(IFLA_IPVLAN_FLAGS, IPVLAN_FLAGS[plan.flag])]
  const attributes = [
    text(IFLA_IFNAME, plan.name),
    u32(IFLA_LINK, plan.parent),
    ...(plan.kind === 'macvlan' ? [bytesAttribute(IFLA_ADDRESS, macBytes(plan.mac))] : []),
    ...(plan.mtu > 0 ? [u32(IFLA_MTU, plan.mtu)] : []),
    u32(IFLA_NET_NS_FD, plan.namespace),
    linkInfo(plan.kind, data),
  ]
  return { type: RTM_NEWLINK, flags: EXCLUSIVE_CREATE, family: linkHeader(0), attributes }
}

/** A parent of our own: a link to nowhere, or the VLAN of another one. */
export function newParent(name: string, vlan?: { parent: number; id: number }): Request {
  const info = vlan ? linkInfo('vlan', [u16(IFLA_VLAN_ID, vlan.id)]) : linkInfo('dummy', [])
  const attributes = [
    text(IFLA_IFNAME, name),
    u32(IFLA_GROUP, BRIDGE_GROUP),
    ...(vlan ? [u32(IFLA_LINK, vlan.parent)] : []),
    info,
  ]
  return { type: RTM_NEWLINK, flags: EXCLUSIVE_CREATE, family: linkHeader(0), attributes }
}

/** A link named by its number or its name. */
export type LinkReference = number | string
const reference = (link: LinkReference, up?: boolean): { family: Uint8Array; attributes: Attribute[] } =>
  typeof link === 'number'
    ? { family: linkHeader(link, up), attributes: [] }
    : { family: linkHeader(0, up), attributes: [text(IFLA_IFNAME, link)] }

export const setUp = (link: LinkReference): Request => ({ type: RTM_NEWLINK, flags: 0, ...reference(link, true) })

/** `isolated` ports reach the bridge itself and no other isolated port; `hairpin` lets a frame leave by the port it came from. */
export type PortOptions = { isolated: boolean; hairpin: boolean }

export function setPort(link: LinkReference, { isolated, hairpin }: PortOptions): Request {
  const port = [u8(IFLA_BRPORT_MODE, Number(hairpin)), u8(IFLA_BRPORT_ISOLATED, Number(isolated))]
  const info = [text(IFLA_INFO_SLAVE_KIND, 'bridge'), nested(IFLA_INFO_SLAVE_DATA, port)]
  const { family, attributes } = reference(link)
  return { type: RTM_NEWLINK, flags: 0, family, attributes: [...attributes, nested(IFLA_LINKINFO, info)] }
}

export function setMaster(link: LinkReference, master: number): Request {
  const { family, attributes } = reference(link)
  return { type: RTM_NEWLINK, flags: 0, family, attributes: [...attributes, u32(IFLA_MASTER, master)] }
}

export const deleteLink = (link: LinkReference): Request => ({ type: RTM_DELLINK, flags: 0, ...reference(link) })

/** The number of a link in the socket's namespace; a NetlinkError ENODEV if there is none. */
export function linkIndex(socket: NetlinkSocket, name: string): number {
  return parseLink(socket.get({ type: RTM_GETLINK, flags: 0, ...reference(name) }, `find link ${name}`)).index
}

export function listLinks(socket: NetlinkSocket): Link[] {
  return socket
    .dump({ type: RTM_GETLINK, flags: 0, family: linkHeader(0), attributes: [] }, 'list links')
    .map(parseLink)
}

function parseLink(payload: Uint8Array): Link {
  const attributes = parseAttributes(payload, LINK_HEADER_BYTES)
  const info = attributes.get(IFLA_LINKINFO)
  return {
    index: new DataView(payload.buffer, payload.byteOffset).getInt32(4, true),
    name: readText(attributes.get(IFLA_IFNAME)),
    kind: readText(info && parseAttributes(info).get(IFLA_INFO_KIND)),
    group: readU32(attributes.get(IFLA_GROUP)) ?? 0,
    master: readU32(attributes.get(IFLA_MASTER)) ?? 0,
  }
}
