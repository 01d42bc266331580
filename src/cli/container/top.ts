import { topContainer } from '../../client/containers.ts'
import { atLeast, defineCommand } from '../command.ts'
import { alignColumns } from '../format/table.ts'

const LEAST_WIDTH = 20

export const command = defineCommand({
  usage: 'CONTAINER [ps OPTIONS]',
  flags: {},
  operands: atLeast(1),
  interspersed: false,
  complete: 'running',
  async run({ operands: [name = '', ...psArguments], session }) {
    const { Titles, Processes } = await topContainer(await session.client(), name, psArguments)
    const lines = [Titles, ...(Processes ?? [])].map(cells => `${cells.join('\t')}\n`).join('')
    session.stdout.write(alignColumns(lines, LEAST_WIDTH))
    return 0
  },
})
