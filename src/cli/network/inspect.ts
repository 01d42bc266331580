import { readText } from '../../client/client.ts'
import { inspectNetwork } from '../../client/system.ts'
import { bool, text } from '../../formats/command-line/flag-types.ts'
import { atLeast, defineCommand } from '../command.ts'
import { inspectAll } from '../format/inspect.ts'
import { INSPECT_FORMAT_HELP } from '../format/list.ts'

export const command = defineCommand({
  usage: '[OPTIONS] NETWORK [NETWORK...]',
  flags: {
    format: text(INSPECT_FORMAT_HELP, { short: 'f' }),
    verbose: bool('Verbose output for diagnostics', { short: 'v' }),
  },
  operands: atLeast(1),
  complete: 'networks',
  async run({ flags, operands, session }) {
    const client = await session.client()
    const query = { verbose: flags.verbose ? 'true' : undefined }
    return inspectAll(session, operands, flags.format, async name => ({
      raw: (await readText(await inspectNetwork(client, name, query))).trim(),
      shape: 'network.Inspect',
    }))
  },
})
