import { createNetwork } from '../../client/system.ts'
import { bool, list, map, strings, text } from '../../formats/command-line/flag-types.ts'
import { defineCommand, exactly } from '../command.ts'
import { pairOf } from '../container/flags/resources.ts'
import { ipamConfigs } from './ipam-configs.ts'

export const command = defineCommand({
  usage: '[OPTIONS] NETWORK',
  flags: {
    attachable: bool('Enable manual container attachment'),
    'aux-address': map('Auxiliary IPv4 or IPv6 addresses used by Network driver'),
    'config-from': text('The network from which to copy the configuration'),
    'config-only': bool('Create a configuration only network'),
    driver: text('Driver to manage the Network', { short: 'd', default: 'bridge' }),
    gateway: strings('IPv4 or IPv6 Gateway for the master subnet'),
    ingress: bool('Create swarm routing-mesh network'),
    internal: bool('Restrict external access to the network'),
    'ip-range': strings('Allocate container ip from a sub-range'),
    'ipam-driver': text('IP Address Management Driver', { default: 'default' }),
    'ipam-opt': map('Set IPAM driver specific options'),
    ipv4: bool('Enable or disable IPv4 address assignment', { default: true }),
    ipv6: bool('Enable or disable IPv6 address assignment'),
    label: list('Set metadata on a network'),
    opt: map('Set driver specific options', { short: 'o' }),
    scope: text("Control the network's scope"),
    subnet: strings('Subnet in CIDR format that represents a network segment'),
  },
  operands: exactly(1),
  async run({ flags, operands: [name = ''], session, given }) {
    const ranges = { subnets: flags.subnet, ranges: flags['ip-range'], gateways: flags.gateway }
    const { Id, Warning } = await createNetwork(await session.client(), {
      Name: name,
      Driver: flags.driver,
      Options: flags.opt,
      IPAM: {
        Driver: flags['ipam-driver'],
        Config: ipamConfigs({ ...ranges, auxiliary: flags['aux-address'] }),
        Options: flags['ipam-opt'],
      },
      Internal: flags.internal,
      ...(given('ipv4') && { EnableIPv4: flags.ipv4 }),
      ...(given('ipv6') && { EnableIPv6: flags.ipv6 }),
      Attachable: flags.attachable,
      Ingress: flags.ingress,
      Scope: flags.scope,
      ConfigOnly: flags['config-only'],
      ...(flags['config-from'] !== '' && { ConfigFrom: { Network: flags['config-from'] } }),
      Labels: Object.fromEntries(flags.label.map(pairOf)),
    })
    if (Warning) session.tell(`WARNING: ${Warning}`)
    session.print(Id)
    return 0
  },
})
