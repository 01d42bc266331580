import { readText } from '../../client/client.ts'
import { inspectContainerRaw } from '../../client/containers.ts'
import { bool, text } from '../../formats/command-line/flag-types.ts'
import { atLeast, defineCommand } from '../command.ts'
import { inspectAll } from '../format/inspect.ts'
import { INSPECT_FORMAT_HELP } from '../format/list.ts'

export const command = defineCommand({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  flags: {
    format: text(INSPECT_FORMAT_HELP, { short: 'f' }),
    size: bool('Display total file sizes', { short: 's' }),
  },
  operands: atLeast(1),
  complete: 'containers',
  async run({ flags, operands, session }) {
    const client = await session.client()
    return inspectAll(session, operands, flags.format, async name => ({
      raw: (await readText(await inspectContainerRaw(client, name, flags.size))).trim(),
      shape: 'container.InspectResponse',
    }))
  },
})
