import { containerChanges } from '../../client/containers.ts'
import { defineCommand, exactly } from '../command.ts'
import { CommandFailure } from '../failures.ts'

const LETTERS = ['C', 'A', 'D'] as const

export const command = defineCommand({
  usage: 'CONTAINER',
  flags: {},
  operands: exactly(1),
  complete: 'containers',
  async run({ operands: [name = ''], session }) {
    if (name === '') throw new CommandFailure('container name cannot be empty')
    const changes = (await containerChanges(await session.client(), name)) ?? []
    for (const { Kind, Path } of changes) session.print(`${LETTERS[Kind]} ${Path}`)
    return 0
  },
})
