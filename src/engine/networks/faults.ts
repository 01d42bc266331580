import { defineFaults } from '../../base/faults.ts'

const quoted = (text: string): string => JSON.stringify(text)
const onEndpoint = (name: string, id: string): string =>
  `driver failed programming external connectivity on endpoint ${name} (${id}): `

/** Go's joined errors: each on a line of its own. */
const bullets = (complaints: string[]): string =>
  complaints.length > 1 ? complaints.map(complaint => `* ${complaint}`).join('\n') : (complaints[0] ?? '')

/** Docker's texts, where Docker has one. */
export const networkFaults = defineFaults('NETWORK', {
  NOT_FOUND: { kind: 'not-found', message: (name: string) => `network ${name} not found` },
  AMBIGUOUS: {
    kind: 'invalid',
    message: (id: string) => `network ${id} is ambiguous (2 matches found based on ID prefix)`,
  },
  BAD_FILTER: { kind: 'invalid', message: (name: string, value: string) => `invalid filter: '${name}'='${value}'` },
  BAD_MODE: {
    kind: 'invalid',
    message: () => 'Invalid network mode: invalid container format container:<name|id>',
  },
  BAD_PORT: { kind: 'invalid', message: (text: string) => `invalid port specification: ${quoted(text)}` },
  BAD_HOST_ADDRESS: {
    kind: 'invalid',
    message: (text: string) => `invalid IP address in port binding: ${quoted(text)}`,
  },
  NO_SCTP: {
    kind: 'not-implemented',
    message: (port: string) => `publishing ${port}: protocol not supported: sctp ports cannot be published`,
    hint: 'tcp and udp can; within the network sctp works without being published',
  },
  CONFLICT_DNS: { kind: 'invalid', message: () => 'conflicting options: dns and the network mode' },
  CONFLICT_HOSTS: {
    kind: 'invalid',
    message: () => 'conflicting options: custom host-to-IP mapping and the network mode',
  },
  CONFLICT_MAC: { kind: 'invalid', message: () => 'conflicting options: mac-address and the network mode' },
  CONFLICT_PUBLISH: {
    kind: 'invalid',
    message: () => 'conflicting options: port publishing and the container type network mode',
  },
  BAD_EXTRA_HOST: { kind: 'invalid', message: (text: string) => `bad format for add-host: ${quoted(text)}` },
  BAD_EXTRA_ADDRESS: { kind: 'invalid', message: (text: string) => `invalid IP address in add-host: ${quoted(text)}` },
  BAD_DNS: { kind: 'invalid', message: (text: string) => `invalid IP address in dns: ${quoted(text)}` },
  BAD_NAME: {
    kind: 'invalid',
    message: (field: string, text: string) =>
      `invalid ${field}: ${quoted(text)}: blanks and control characters are not allowed`,
  },
  BAD_MAC: {
    kind: 'invalid',
    message: (network: string, text: string) =>
      `invalid config for network ${network}: invalid endpoint settings:\ninvalid MAC address ${text}`,
  },
  NO_FIXED_ADDRESS: {
    kind: 'invalid',
    message: (network: string) =>
      `invalid config for network ${network}: invalid endpoint settings:\n` +
      'user specified IP address is supported on user defined networks only',
  },
  NO_ALIAS: {
    kind: 'invalid',
    message: (network: string) =>
      `invalid config for network ${network}: invalid endpoint settings:\n` +
      'network-scoped alias is supported only for containers in user defined networks',
  },
  HOST_AND_MORE: {
    kind: 'invalid',
    message: () => 'container cannot be connected to multiple networks with one of the networks in host mode',
  },
  NO_ADDRESS: {
    kind: 'exhausted',
    message: (family: string, network: string) =>
      `no available ${family} addresses on this network's address pools: ${network}`,
  },
  EXISTS: { kind: 'conflict', message: (name: string) => `network with name ${name} already exists` },
  BAD_NETWORK_NAME: { kind: 'invalid', message: (name: string) => `invalid name: ${name}` },
  CREATE_PREDEFINED: {
    kind: 'forbidden',
    message: (name: string) => `operation is not permitted on predefined ${name} network`,
  },
  REMOVE_PREDEFINED: {
    kind: 'forbidden',
    message: (name: string) => `${name} is a pre-defined network and cannot be removed`,
  },
  ONE_ALLOWED: {
    kind: 'forbidden',
    message: (driver: string) => `only one instance of "${driver}" network is allowed`,
  },
  NO_PLUGIN: { kind: 'not-found', message: (name: string) => `plugin ${quoted(name)} not found` },
  SWARM_SCOPE: {
    kind: 'forbidden',
    message: () => 'cannot create a swarm scoped network when swarm is not active',
  },
  INGRESS: { kind: 'forbidden', message: () => 'Ingress network can only be global scope network' },
  MANY_SUBNETS: { kind: 'forbidden', message: () => "bridge driver doesn't support multiple subnets" },
  NO_FAMILY: { kind: 'invalid', message: () => 'IPv4 or IPv6 must be enabled' },
  BAD_IPAM: {
    kind: 'invalid',
    message: (complaints: string[]) => `invalid network config:\n${bullets(complaints)}`,
  },
  POOL_OVERLAPS: { kind: 'forbidden', message: () => 'Pool overlaps with other one on this address space' },
  NO_POOL_V6: {
    kind: 'exhausted',
    message: () =>
      'could not find an available, non-overlapping IPv6 address pool among the defaults to assign to the network',
  },
  NO_POOL_V4: {
    kind: 'exhausted',
    message: () =>
      'could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network',
  },
  EMPTY_POOL: { kind: 'invalid', message: () => 'ipv4 pool is empty' },
  BAD_OPTION: {
    kind: 'invalid',
    message: (key: string, value: string, why: string) => `failed to parse ${key} value: ${value} (${why})`,
  },
  UNKNOWN_OPTION: {
    kind: 'invalid',
    message: (driver: string, key: string) => `unknown option ${quoted(key)} for the ${driver} driver`,
  },
  BAD_CHOICE: {
    kind: 'invalid',
    message: (key: string, value: string, choices: string) =>
      `failed to parse ${key} value: ${value} (not one of ${choices})`,
  },
  ISOLATED_NOT_INTERNAL: {
    kind: 'invalid',
    message: (key: string) => `${key}: gateway mode 'isolated' can only be used for an internal network`,
  },
  BAD_LINK_NAME: {
    kind: 'invalid',
    message: (key: string, value: string) => `failed to parse ${key} value: ${value} (not the name of an interface)`,
  },
  BAD_MTU: { kind: 'invalid', message: (mtu: number) => `invalid MTU number: ${mtu}` },
  SAME_BRIDGE: {
    kind: 'forbidden',
    message: (id: string, bridge: string, other: string) =>
      `cannot create network ${id} (${bridge}): conflicts with network ${other} (${bridge}): networks have same bridge name`,
  },
  FOREIGN_BRIDGE: {
    kind: 'conflict',
    message: (bridge: string) => `interface ${bridge} is in use by another engine`,
  },
  VLAN_MODE: {
    kind: 'invalid',
    message: (driver: string, mode: string, usual: string) =>
      `requested ${driver} mode '${mode}' is not valid, '${usual}' mode is the ${driver} driver default`,
  },
  VLAN_FLAG: {
    kind: 'invalid',
    message: (flag: string) =>
      `requested ipvlan flag '${flag}' is not valid, 'bridge' flag is the ipvlan driver default`,
  },
  NO_PARENT: {
    kind: 'invalid',
    message: (parent: string) => `invalid subinterface vlan name ${parent}, example formatting is eth0.10`,
  },
  PARENT_TAKEN: {
    kind: 'forbidden',
    message: (id: string, parent: string) => `network ${id} is already using parent interface ${parent}`,
  },
  HAS_ENDPOINTS: {
    kind: 'forbidden',
    message: (name: string, id: string, who: string) =>
      `error while removing network: network ${name} id ${id} has active endpoints${who}`,
  },
  CONFIG_IN_USE: {
    kind: 'forbidden',
    message: (name: string) => `error while removing network: configuration network ${quoted(name)} is in use`,
  },
  CONFIG_NOT_FOUND: { kind: 'not-found', message: (name: string) => `configuration network ${quoted(name)} not found` },
  NOT_CONFIG_ONLY: {
    kind: 'forbidden',
    message: (name: string) => `network ${quoted(name)} is not a configuration network`,
  },
  CONFIG_AND_MORE: {
    kind: 'forbidden',
    message: (what: string) =>
      `user-specified configurations are not supported if the network depends on a configuration network: ${what}`,
  },
  CONFIG_ONLY: {
    kind: 'forbidden',
    message: (name: string) => `configuration-only network ${name} cannot be used by containers`,
  },
  BAD_ENDPOINT: {
    kind: 'invalid',
    message: (network: string, complaints: string[]) =>
      `invalid config for network ${network}: invalid endpoint settings:\n${bullets(complaints)}`,
  },
  ADDRESS_TAKEN: { kind: 'forbidden', message: () => 'Address already in use' },
  ALREADY_IN: {
    kind: 'forbidden',
    message: (container: string, network: string) =>
      `endpoint with name ${container} already exists in network ${network}`,
  },
  NO_ENDPOINT: { kind: 'not-found', message: (name: string) => `endpoint ${name} not found` },
  NOT_CONNECTED: {
    kind: 'forbidden',
    message: (container: string, network: string) => `container ${container} is not connected to network ${network}`,
  },
  CONNECT_HOST: {
    kind: 'forbidden',
    message: () => 'container cannot be disconnected from host network or connected to host network',
  },
  CONNECT_NONE: {
    kind: 'forbidden',
    message: () => 'container cannot be connected to multiple networks with one of the networks in private (none) mode',
  },
  CONNECT_SHARED: {
    kind: 'forbidden',
    message: () =>
      'container sharing network namespace with another container or host cannot be connected to any other network',
  },
  DEVICE_TAKEN: {
    kind: 'conflict',
    message: (device: string) => `an interface ${quoted(device)} is there already`,
  },
  NO_SUBNET: {
    kind: 'exhausted',
    message: () => 'all predefined address pools have been fully subnetted',
    hint: 'every pool meets a route of this machine: name a free one by default-address-pools or bip',
  },
  BAD_SETTING: {
    kind: 'invalid',
    message: (key: string, value: string, wanted: string) => `${key}: ${quoted(value)} is not ${wanted}`,
  },
  PORT_ALLOCATED: {
    kind: 'conflict',
    message: (name: string, id: string, where: string) =>
      `${onEndpoint(name, id)}Bind for ${where} failed: port is already allocated`,
  },
  PORT_IN_USE: {
    kind: 'conflict',
    message: (name: string, id: string, protocol: string, where: string, why: string) =>
      `${onEndpoint(name, id)}Error starting userland proxy: listen ${protocol} ${where}: bind: ${why}`,
  },
  NO_FREE_PORT: {
    kind: 'exhausted',
    message: (name: string, id: string, range: string) => `${onEndpoint(name, id)}all ports of ${range} are allocated`,
  },
  NOT_UP: {
    kind: 'unavailable',
    message: (name: string) => `network ${name} could not be brought up`,
    hint: 'the log of the daemon says why; it is tried again when the daemon starts',
  },
  NOT_READY: { kind: 'unavailable', message: () => 'the networks have not been brought up' },
  FAILED: { kind: 'internal', message: (what: string) => `network: ${what}` },
})
