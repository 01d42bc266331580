import { removeVolume } from '../../client/system.ts'
import { bool } from '../../formats/command-line/flag-types.ts'
import { atLeast, defineCommand } from '../command.ts'
import { forEachOperand } from '../operands.ts'

export const command = defineCommand({
  usage: '[OPTIONS] VOLUME [VOLUME...]',
  long: 'Remove one or more volumes. You cannot remove a volume that is in use by a container.',
  flags: { force: bool('Force the removal of one or more volumes', { short: 'f' }) },
  operands: atLeast(1),
  complete: 'volumes',
  async run({ flags, operands, session }) {
    const client = await session.client()
    const query = { force: flags.force ? 1 : undefined }
    return forEachOperand(session, operands, name => removeVolume(client, name, query), { atOnce: 1 })
  },
})
