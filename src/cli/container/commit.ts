import { commitContainer } from '../../client/containers.ts'
import { bool, list, text } from '../../formats/command-line/flag-types.ts'
import { familiarName, parseReference, withDefaultTag } from '../../formats/reference/reference.ts'
import { between, defineCommand } from '../command.ts'
import { CommandFailure } from '../failures.ts'

export const command = defineCommand({
  usage: '[OPTIONS] CONTAINER [REPOSITORY[:TAG]]',
  flags: {
    author: text('Author (e.g., "John Hannibal Smith <hannibal@a-team.com>")', { short: 'a' }),
    change: list('Apply Dockerfile instruction to the created image', { short: 'c' }),
    message: text('Commit message', { short: 'm' }),
    pause: bool('Pause container during commit', { short: 'p', default: true }),
  },
  operands: between(1, 2),
  complete: 'containers',
  async run({ flags, operands: [container = '', name = ''], session }) {
    const query = {
      container,
      ...namedBy(name),
      comment: flags.message,
      author: flags.author,
      changes: flags.change,
      pause: flags.pause ? undefined : 0,
    }
    session.print((await commitContainer(await session.client(), query)).Id)
    return 0
  },
})

function namedBy(name: string): { repo?: string; tag?: string } {
  if (name === '') return {}
  const reference = withDefaultTag(parseReference(name))
  if (reference.digest) throw new CommandFailure('cannot commit to digest reference')
  return { repo: familiarName(reference), tag: reference.tag }
}
