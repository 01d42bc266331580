import { loadImages } from '../../client/images.ts'
import { bool, strings, text } from '../../formats/command-line/flag-types.ts'
import { defineCommand, noOperands } from '../command.ts'
import { CommandFailure } from '../failures.ts'
import { showProgress } from '../format/progress.ts'
import { hasInputTerminal, readInput } from '../terminal.ts'
import { readFileStream } from './files.ts'
import { platformsQuery } from './platforms.ts'

export const command = defineCommand({
  usage: '[OPTIONS]',
  flags: {
    input: text('Read from tar archive file, instead of STDIN', { short: 'i', complete: 'files' }),
    platform: strings(
      'Load only the given platform(s). Formatted as a comma-separated list of "os[/arch[/variant]]" (e.g., "linux/amd64,linux/arm64/v8")',
      { complete: 'platforms' },
    ),
    quiet: bool('Suppress the load output', { short: 'q' }),
  },
  operands: noOperands,
  async run({ flags, session }) {
    if (flags.input === '' && hasInputTerminal()) {
      throw new CommandFailure('requested load from stdin, but stdin is empty')
    }
    const input = flags.input === '' ? readInput() : readFileStream(flags.input)
    const client = await session.client()
    if (flags.platform.length > 0) await client.require('1.48', 'platform')
    const quiet = flags.quiet || !session.stdout.isTerminal
    const query = { quiet: quiet ? 1 : 0, ...platformsQuery(flags.platform) }
    const response = await loadImages(client, query, input)
    if (response.headers['content-type'] === 'application/json') {
      await showProgress(session, response.body, session.stdout)
      return 0
    }
    for await (const bytes of response.body) session.stdout.write(bytes)
    return 0
  },
})
