import { inspectVolume, updateVolume } from '../../client/system.ts'
import { text } from '../../formats/command-line/flag-types.ts'
import { defineCommand, exactly } from '../command.ts'

export const command = defineCommand({
  usage: '[OPTIONS] [VOLUME]',
  long: 'Update a volume (cluster volumes only)',
  flags: { availability: text('Cluster Volume availability ("active", "pause", "drain")', { default: 'active' }) },
  operands: exactly(1),
  complete: 'volumes',
  async run({ flags, operands: [name = ''], session }) {
    const client = await session.client()
    await inspectVolume(client, name)
    await updateVolume(client, name, { Spec: { Availability: flags.availability } })
    return 0
  },
})
