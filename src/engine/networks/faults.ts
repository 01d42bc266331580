import { defineFaults } from '../../base/faults.ts'

const quoted = (text: string): string => JSON.stringify(text)
const onEndpoint = (name: string, id: string): string =>
  `driver failed programming external connectivity on endpoint ${name} (${id}): `

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
      '* user specified IP address is supported on user defined networks only\n' +
      '* user specified IP address is supported only when connecting to networks with user configured subnets',
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
  NO_ADDRESS: { kind: 'exhausted', message: (network: string) => `no available IPv4 addresses on network ${network}` },
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
  NOT_READY: { kind: 'unavailable', message: () => 'the networks have not been brought up' },
  FAILED: { kind: 'internal', message: (what: string) => `network: ${what}` },
})
