/** What the daemon's configuration says about networks. Keys of daemon.json are in brackets. */
export type NetworkingSettings = {
  /** `[bip]` address/prefix of the default bridge itself; undefined: chosen from the pools. */
  bip?: string
  /** `[fixed-cidr]` containers of the default bridge have addresses out of this part of its network. */
  fixedCidr?: string
  /** `[default-address-pools]`; none: Docker's own. */
  pools: { base: string; size: number }[]
  /** The unique local network (RFC 4193, `fd…::/48`) of this daemon: IPv6 networks without a subnet of their own get one of its /64. */
  uniqueLocal: string
  mtu: number
  icc: boolean
  /** `[ip]` the host address of ports published without one; `0.0.0.0` means IPv6 too. */
  bindAddress: string
  /** `[ip-forward]` switch the kernel's forwarding on if it is off. Default true. */
  ipForward?: boolean
  /** `[ip-masq]` Default true. */
  ipMasq?: boolean
  /** `[userland-proxy]` false: ports are only held, and IPv6 ones not published. Default true. */
  userlandProxy?: boolean
  dns: string[]
  dnsOptions: string[]
  dnsSearch: string[]
  /** `[host-gateway-ips]` what `host-gateway` stands for; none: the bridge's own address. */
  hostGateways: string[]
}

/** Docker's pools, in the order in which they are tried. */
export const DEFAULT_POOLS = [
  { base: '172.17.0.0/16', size: 16 },
  { base: '172.18.0.0/16', size: 16 },
  { base: '172.19.0.0/16', size: 16 },
  { base: '172.20.0.0/14', size: 16 },
  { base: '172.24.0.0/14', size: 16 },
  { base: '172.28.0.0/14', size: 16 },
  { base: '192.168.0.0/16', size: 20 },
]

export const defaultNetworkingSettings: NetworkingSettings = {
  pools: [],
  uniqueLocal: 'fd00:6265:7274::/48',
  mtu: 1500,
  icc: true,
  bindAddress: '0.0.0.0',
  dns: [],
  dnsOptions: [],
  dnsSearch: [],
  hostGateways: [],
}
