import { waitContainer } from '../../client/containers.ts'
import { atLeast, defineCommand } from '../command.ts'
import { CommandFailure, messageOf } from '../failures.ts'

export const command = defineCommand({
  usage: 'CONTAINER [CONTAINER...]',
  flags: {},
  operands: atLeast(1),
  complete: 'running',
  async run({ operands, session }) {
    const client = await session.client()
    const failures: string[] = []
    for (const name of operands) {
      try {
        const { result } = await waitContainer(client, name)
        session.print(String((await result).StatusCode))
        await session.flush()
      } catch (failure) {
        failures.push(messageOf(failure))
      }
    }
    if (failures.length > 0) throw new CommandFailure(failures.join('\n'))
    return 0
  },
})
