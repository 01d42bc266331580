import { pruneContainers } from '../../client/containers.ts'
import { defineCommand, noOperands } from '../command.ts'
import { confirmed } from '../confirm.ts'
import { withConfiguredFilters } from '../prune-filters.ts'
import { type Prune, printPruned, prunedText, pruneFlags, pruneQuery, requireTrials } from '../pruning.ts'

const WARNING = 'WARNING! This will remove all stopped containers.'

export const command = defineCommand({
  usage: '[OPTIONS]',
  flags: pruneFlags('Provide filter values (e.g. "until=<timestamp>")'),
  operands: noOperands,
  async run({ flags, session }) {
    const isTrial = flags['dry-run']
    if (isTrial) await requireTrials(session)
    else if (!flags.force && !(await confirmed(session, WARNING))) return 0
    const filters = await withConfiguredFilters(session, flags.filter)
    printPruned(session, [await pruneStopped(session, { all: true, filters, isTrial })])
    return 0
  },
})

export const pruneStopped: Prune = async (session, asked) => {
  const { ContainersDeleted, SpaceReclaimed } = await pruneContainers(await session.client(), pruneQuery(asked))
  return { text: prunedText('Containers', ContainersDeleted ?? [], asked), bytes: SpaceReclaimed }
}
