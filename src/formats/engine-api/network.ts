import type { Labels } from './common.ts'

/** Source: swagger.yaml 1.55, definitions Network, NetworkSummary, IPAM, EndpointResource. */
export type IpamConfig = {
  Subnet?: string
  IPRange?: string
  Gateway?: string
  AuxiliaryAddresses?: Record<string, string>
}
export type NetworkContainer = {
  Name: string
  EndpointID: string
  MacAddress: string
  /** With prefix length, e.g. `172.17.0.2/16`; '' where there is none. */
  IPv4Address: string
  IPv6Address: string
}
export type NetworkResource = {
  Name: string
  Id: string
  /** RFC 3339 with nanoseconds. */
  Created: string
  Scope: 'local' | 'swarm' | 'global'
  Driver: string
  EnableIPv4?: boolean
  EnableIPv6: boolean
  IPAM: { Driver: string; Options: Record<string, string> | null; Config: IpamConfig[] | null }
  Internal: boolean
  Attachable: boolean
  Ingress: boolean
  ConfigFrom: { Network: string }
  ConfigOnly: boolean
  /** By container id. */
  Containers: Record<string, NetworkContainer>
  Options: Record<string, string>
  Labels: Labels
}

/** The body of POST /networks/create. */
export type NetworkCreate = {
  Name: string
  Driver?: string
  Scope?: string
  EnableIPv4?: boolean
  EnableIPv6?: boolean
  IPAM?: { Driver?: string; Options?: Record<string, string>; Config?: IpamConfig[] }
  Internal?: boolean
  Attachable?: boolean
  Ingress?: boolean
  ConfigOnly?: boolean
  ConfigFrom?: { Network?: string }
  Options?: Record<string, string>
  Labels?: Labels
}
