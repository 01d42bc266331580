import { createVolume } from '../../client/system.ts'
import { list, map, text } from '../../formats/command-line/flag-types.ts'
import { atMost, defineCommand } from '../command.ts'
import { pairOf } from '../container/flags/resources.ts'
import { CommandFailure } from '../failures.ts'

export const command = defineCommand({
  usage: '[OPTIONS] [VOLUME]',
  flags: {
    driver: text('Specify volume driver name', { short: 'd', default: 'local' }),
    label: list('Set metadata for a volume'),
    name: text('Specify volume name', { hidden: true }),
    opt: map('Set driver specific options', { short: 'o' }),
  },
  operands: atMost(1),
  async run({ flags, operands: [operand = ''], session }) {
    if (flags.name !== '' && operand !== '') {
      throw new CommandFailure(
        'conflicting options: cannot specify a volume-name through both --name and as a positional arg',
      )
    }
    const volume = await createVolume(await session.client(), {
      Name: operand || flags.name,
      Driver: flags.driver,
      DriverOpts: flags.opt,
      Labels: Object.fromEntries(flags.label.map(pairOf)),
    })
    session.print(volume.Name)
    return 0
  },
})
