import { disconnectNetwork } from '../../client/system.ts'
import { bool } from '../../formats/command-line/flag-types.ts'
import { defineCommand, exactly } from '../command.ts'

export const command = defineCommand({
  usage: '[OPTIONS] NETWORK CONTAINER',
  flags: { force: bool('Force the container to disconnect from a network', { short: 'f' }) },
  operands: exactly(2),
  complete: 'networks',
  async run({ flags, operands: [network = '', container = ''], session }) {
    await disconnectNetwork(await session.client(), network, { Container: container, Force: flags.force })
    return 0
  },
})
