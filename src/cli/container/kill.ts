import { killContainer } from '../../client/containers.ts'
import { text } from '../../formats/command-line/flag-types.ts'
import { atLeast, defineCommand } from '../command.ts'
import { forEachOperand } from '../operands.ts'

export const command = defineCommand({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  flags: { signal: text('Signal to send to the container', { short: 's', complete: 'signals' }) },
  operands: atLeast(1),
  complete: 'running',
  async run({ flags, operands, session }) {
    const client = await session.client()
    return forEachOperand(session, operands, name => killContainer(client, name, flags.signal || undefined))
  },
})
