import { saveImages } from '../../client/images.ts'
import { strings, text } from '../../formats/command-line/flag-types.ts'
import { atLeast, defineCommand } from '../command.ts'
import { CommandFailure } from '../failures.ts'
import { deliver, WholeFile } from '../whole-file.ts'
import { platformsQuery } from './platforms.ts'

export const command = defineCommand({
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  flags: {
    output: text('Write to a file, instead of STDOUT', { short: 'o', complete: 'files' }),
    platform: strings(
      'Save only the given platform(s). Formatted as a comma-separated list of "os[/arch[/variant]]" (e.g., "linux/amd64,linux/arm64/v8")',
      { complete: 'platforms' },
    ),
  },
  operands: atLeast(1),
  complete: 'images',
  async run({ flags, operands, session }) {
    if (flags.output === '' && session.stdout.isTerminal) {
      throw new CommandFailure('cowardly refusing to save to a terminal. Use the -o flag or redirect')
    }
    const client = await session.client()
    if (flags.platform.length > 0) await client.require('1.48', 'platform')
    using file = flags.output === '' ? undefined : new WholeFile(flags.output, 'failed to save image')
    const response = await saveImages(client, operands, platformsQuery(flags.platform))
    await deliver(session, response.body, file)
    return 0
  },
})
