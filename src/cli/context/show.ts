import { defineCommand, noOperands } from '../command.ts'
import { currentContext } from '../config/connect.ts'

export const command = defineCommand({
  usage: '',
  flags: {},
  operands: noOperands,
  async run({ session }) {
    session.print(await currentContext(session))
    return 0
  },
})
