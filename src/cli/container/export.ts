import { exportContainer } from '../../client/containers.ts'
import { text } from '../../formats/command-line/flag-types.ts'
import { defineCommand, exactly } from '../command.ts'
import { CommandFailure } from '../failures.ts'
import { deliver, WholeFile } from '../whole-file.ts'

export const command = defineCommand({
  usage: '[OPTIONS] CONTAINER',
  flags: { output: text('Write to a file, instead of STDOUT', { short: 'o', complete: 'files' }) },
  operands: exactly(1),
  complete: 'containers',
  async run({ flags, operands: [name = ''], session }) {
    if (flags.output === '' && session.stdout.isTerminal) {
      throw new CommandFailure('cowardly refusing to save to a terminal. Use the -o flag or redirect')
    }
    const client = await session.client()
    using file = flags.output === '' ? undefined : new WholeFile(flags.output, 'failed to export container')
    const response = await exportContainer(client, name)
    await deliver(session, response.body, file)
    return 0
  },
})
