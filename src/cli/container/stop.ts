import { stopContainer } from '../../client/containers.ts'
import { aliasFor, integer, text } from '../../formats/command-line/flag-types.ts'
import { atLeast, defineCommand } from '../command.ts'
import { CommandFailure } from '../failures.ts'
import { forEachOperand } from '../operands.ts'

export const command = defineCommand({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  flags: {
    signal: text('Signal to send to the container', { short: 's', complete: 'signals' }),
    time: aliasFor('timeout', { deprecated: 'use --timeout instead' }),
    timeout: integer('Seconds to wait before killing the container', { short: 't' }),
  },
  operands: atLeast(1),
  complete: 'running',
  async run({ flags, given, written, operands, session }) {
    if (written('time') && written('timeout')) {
      throw new CommandFailure('conflicting options: cannot specify both --timeout and --time')
    }
    const client = await session.client()
    const query = { signal: flags.signal || undefined, t: given('timeout') ? flags.timeout : undefined }
    return forEachOperand(session, operands, name => stopContainer(client, name, query))
  },
})
