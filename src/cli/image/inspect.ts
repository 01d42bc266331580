import { readText } from '../../client/client.ts'
import { inspectImage } from '../../client/images.ts'
import { text } from '../../formats/command-line/flag-types.ts'
import { atLeast, defineCommand } from '../command.ts'
import { inspectAll } from '../format/inspect.ts'
import { INSPECT_FORMAT_HELP } from '../format/list.ts'
import { platformJson } from './platforms.ts'

export const command = defineCommand({
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  flags: {
    format: text(INSPECT_FORMAT_HELP, { short: 'f' }),
    platform: text(
      'Inspect a specific platform of the multi-platform image. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")',
      {
        complete: 'platforms',
      },
    ),
  },
  operands: atLeast(1),
  complete: 'images',
  async run({ flags, operands, session }) {
    const client = await session.client()
    if (flags.platform) await client.require('1.49', 'platform')
    const query = { platform: flags.platform ? platformJson(flags.platform) : undefined }
    return inspectAll(session, operands, flags.format, async name => ({
      raw: (await readText(await inspectImage(client, name, query))).trim(),
      shape: 'image.InspectResponse',
    }))
  },
})
