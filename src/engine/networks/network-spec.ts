import type { IpamConfig } from '../../formats/engine-api/network.ts'

export type NetworkDriver = 'bridge' | 'host' | 'null' | 'macvlan' | 'ipvlan'

/** One network of addresses, checked. `isAutomatic`: chosen from the pools, not told. */
export type SubnetSpec = {
  /** `172.18.0.0/16` */
  subnet: string
  /** undefined: the network has none. */
  gateway?: string
  /** The part that containers get addresses from, if not all of it. */
  range?: string
  /** Addresses that nobody gets, by the name of who has them. */
  auxiliary: Record<string, string>
  isAutomatic: boolean
}

/** What a network is, as it is stored: plain JSON. `asked` is what create was given, shown as it was. */
export type NetworkSpec = {
  driver: NetworkDriver
  ipv4: boolean
  ipv6: boolean
  internal: boolean
  attachable: boolean
  configOnly: boolean
  /** Name of the network whose configuration it has; ''. */
  configFrom: string
  options: Record<string, string>
  labels: Record<string, string>
  ipam: { driver: string; options: Record<string, string>; asked: IpamConfig[] }
  subnets: SubnetSpec[]
}

/** `created`: RFC 3339 with nanoseconds. */
export type NetworkRecord = { id: string; name: string; created: string; spec: NetworkSpec }

export const PREDEFINED = ['bridge', 'host', 'none'] as const
export type Predefined = (typeof PREDEFINED)[number]
export const isPredefined = (name: string): name is Predefined => PREDEFINED.some(known => known === name)

/** A spec without addresses. */
export const emptySpec = (driver: NetworkDriver): NetworkSpec => ({
  driver,
  ipv4: true,
  ipv6: false,
  internal: false,
  attachable: false,
  configOnly: false,
  configFrom: '',
  options: {},
  labels: {},
  ipam: { driver: 'default', options: {}, asked: [] },
  subnets: [],
})
