import { removeContainer } from '../../client/containers.ts'
import { DaemonFault } from '../../client/faults.ts'
import { bool } from '../../formats/command-line/flag-types.ts'
import { atLeast, defineCommand } from '../command.ts'
import { forEachOperand } from '../operands.ts'

export const command = defineCommand({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  flags: {
    force: bool('Force the removal of a running container (uses SIGKILL)', { short: 'f' }),
    link: bool('Remove the specified link', { short: 'l' }),
    volumes: bool('Remove anonymous volumes associated with the container', { short: 'v' }),
  },
  operands: atLeast(1),
  complete: 'containers',
  async run({ flags, operands, session }) {
    const client = await session.client()
    const query = {
      v: flags.volumes ? (1 as const) : undefined,
      link: flags.link ? (1 as const) : undefined,
      force: flags.force ? (1 as const) : undefined,
    }
    const remove = (operand: string) => {
      const name = operand.replace(/^\/+|\/+$/g, '')
      if (name === '') throw new Error('container name cannot be empty')
      return removeContainer(client, name, query)
    }
    const forgive = (failure: unknown) => flags.force && failure instanceof DaemonFault && failure.status === 404
    return forEachOperand(session, operands, remove, { forgive })
  },
})
