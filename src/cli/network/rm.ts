import { DaemonFault } from '../../client/faults.ts'
import { removeNetwork } from '../../client/system.ts'
import { bool } from '../../formats/command-line/flag-types.ts'
import { atLeast, defineCommand } from '../command.ts'
import { forEachOperand } from '../operands.ts'

export const command = defineCommand({
  usage: '[OPTIONS] NETWORK [NETWORK...]',
  flags: { force: bool('Do not error if the network does not exist', { short: 'f' }) },
  operands: atLeast(1),
  complete: 'networks',
  async run({ flags, operands, session }) {
    const client = await session.client()
    const forgive = (failure: unknown): boolean =>
      flags.force && failure instanceof DaemonFault && failure.status === 404
    return forEachOperand(session, operands, name => removeNetwork(client, name), { atOnce: 1, forgive })
  },
})
