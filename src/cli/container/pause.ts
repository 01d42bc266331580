import { pauseContainer } from '../../client/containers.ts'
import { atLeast, defineCommand } from '../command.ts'
import { forEachOperand } from '../operands.ts'

export const command = defineCommand({
  usage: 'CONTAINER [CONTAINER...]',
  flags: {},
  operands: atLeast(1),
  complete: 'running',
  async run({ operands, session }) {
    const client = await session.client()
    return forEachOperand(session, operands, name => pauseContainer(client, name))
  },
})
