import { readText } from '../../client/client.ts'
import { inspectVolume } from '../../client/system.ts'
import { text } from '../../formats/command-line/flag-types.ts'
import { atLeast, defineCommand } from '../command.ts'
import { inspectAll } from '../format/inspect.ts'
import { INSPECT_FORMAT_HELP } from '../format/list.ts'

export const command = defineCommand({
  usage: '[OPTIONS] VOLUME [VOLUME...]',
  flags: { format: text(INSPECT_FORMAT_HELP, { short: 'f' }) },
  operands: atLeast(1),
  complete: 'volumes',
  async run({ flags, operands, session }) {
    const client = await session.client()
    return inspectAll(session, operands, flags.format, async name => ({
      raw: (await readText(await inspectVolume(client, name))).trim(),
      shape: 'volume.Volume',
    }))
  },
})
