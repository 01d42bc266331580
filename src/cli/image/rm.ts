import { DaemonFault } from '../../client/faults.ts'
import { removeImage } from '../../client/images.ts'
import { bool, strings } from '../../formats/command-line/flag-types.ts'
import { atLeast, defineCommand } from '../command.ts'
import { CommandFailure, messageOf } from '../failures.ts'
import { platformJson } from './platforms.ts'

export const command = defineCommand({
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  flags: {
    force: bool('Force removal of the image', { short: 'f' }),
    'no-prune': bool('Do not delete untagged parents'),
    platform: strings(
      'Remove only the given platform variant. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")',
      { complete: 'platforms' },
    ),
  },
  operands: atLeast(1),
  complete: 'images',
  async run({ flags, operands, session }) {
    const client = await session.client()
    if (flags.platform.length > 0) await client.require('1.50', 'platform')
    const query = {
      force: flags.force ? 1 : undefined,
      noprune: flags['no-prune'] ? 1 : undefined,
      platforms: flags.platform.map(platformJson),
    }
    const failures: unknown[] = []
    for (const name of operands) {
      try {
        for (const { Deleted, Untagged } of await removeImage(client, name, query)) {
          session.print(Deleted ? `Deleted: ${Deleted}` : `Untagged: ${Untagged}`)
        }
        await session.flush()
      } catch (failure) {
        failures.push(failure)
      }
    }
    const message = failures.map(messageOf).join('\n')
    const isForgiven =
      flags.force && failures.every(failure => failure instanceof DaemonFault && failure.status === 404)
    if (failures.length === 0) return 0
    if (!isForgiven) throw failures.length === 1 ? failures[0] : new CommandFailure(message)
    session.tell(message)
    return 0
  },
})
