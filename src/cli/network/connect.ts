import { connectNetwork } from '../../client/system.ts'
import { integer, list, strings, text } from '../../formats/command-line/flag-types.ts'
import type { EndpointSettings } from '../../formats/engine-api/container.ts'
import { defineCommand, exactly } from '../command.ts'
import { pairOf } from '../container/flags/resources.ts'
import { CommandFailure } from '../failures.ts'

const flags = {
  alias: strings('Add network-scoped alias for the container'),
  'driver-opt': strings('driver options for the network'),
  'gw-priority': integer('Highest gw-priority provides the default gateway. Accepts positive and negative values.'),
  ip: text('IPv4 address (e.g., "172.30.100.104")'),
  ip6: text('IPv6 address (e.g., "2001:db8::33")'),
  link: list('Add link to another container'),
  'link-local-ip': strings('Add a link-local address for the container'),
}

export const command = defineCommand({
  usage: '[OPTIONS] NETWORK CONTAINER',
  flags,
  operands: exactly(2),
  complete: 'networks',
  async run({ flags, operands: [network = '', container = ''], session }) {
    const EndpointConfig: EndpointSettings = {
      IPAMConfig: { IPv4Address: flags.ip, IPv6Address: flags.ip6, LinkLocalIPs: flags['link-local-ip'] },
      Links: flags.link,
      Aliases: flags.alias,
      DriverOpts: optionsOf(flags['driver-opt']),
      GwPriority: flags['gw-priority'],
    }
    await connectNetwork(await session.client(), network, { Container: container, EndpointConfig })
    return 0
  },
})

function optionsOf(options: readonly string[]): Record<string, string> {
  const wrong = options.find(option => !/^[^=]+=./.test(option))
  if (wrong !== undefined) throw new CommandFailure('invalid key/value pair format in driver options')
  return Object.fromEntries(options.map(pairOf))
}
