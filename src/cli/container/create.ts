import { text } from '../../formats/command-line/flag-types.ts'
import { atLeast, defineCommand } from '../command.ts'
import { createContainer } from './create-container.ts'
import { createFlags } from './flags/create-flags.ts'
import { prepareBody } from './prepare.ts'

export const command = defineCommand({
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  flags: {
    ...createFlags,
    pull: text('Pull image before creating ("always", "missing", "never")', {
      default: 'missing',
      complete: ['always', 'missing', 'never'],
    }),
  },
  operands: atLeast(1),
  interspersed: false,
  complete: 'images',
  async run({ flags, given, operands, session }) {
    const body = await prepareBody(session, 'create', flags, given, operands)
    session.print(await createContainer(session, flags, body))
    return 0
  },
})
