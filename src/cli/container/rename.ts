import { renameContainer } from '../../client/containers.ts'
import { defineCommand, exactly } from '../command.ts'
import { CommandFailure, messageOf } from '../failures.ts'

export const command = defineCommand({
  usage: 'CONTAINER NEW_NAME',
  flags: {},
  operands: exactly(2),
  complete: 'containers',
  async run({ operands: [before = '', after = ''], session }) {
    if (before.trim() === '' || after.trim() === '') {
      throw new CommandFailure('Error: Neither old nor new names may be empty')
    }
    try {
      await renameContainer(await session.client(), before.trim(), after.trim())
    } catch (failure) {
      session.tell(messageOf(failure))
      throw new CommandFailure(`Error: failed to rename container named ${before.trim()}`, 1, failure)
    }
    return 0
  },
})
