import { pruneNetworks } from '../../client/system.ts'
import { defineCommand, noOperands } from '../command.ts'
import { confirmed } from '../confirm.ts'
import { withConfiguredFilters } from '../prune-filters.ts'
import { type Prune, prunedText, pruneFlags, pruneQuery, requireTrials } from '../pruning.ts'

const WARNING = 'WARNING! This will remove all custom networks not used by at least one container.'

export const command = defineCommand({
  usage: '[OPTIONS]',
  flags: pruneFlags('Provide filter values (e.g. "until=<timestamp>")'),
  operands: noOperands,
  async run({ flags, session }) {
    const isTrial = flags['dry-run']
    if (isTrial) await requireTrials(session)
    const filters = await withConfiguredFilters(session, flags.filter)
    if (!flags.force && !isTrial && !(await confirmed(session, WARNING))) return 0
    const { text } = await pruneUnusedNetworks(session, { all: false, filters, isTrial })
    if (text !== '') session.print(text)
    return 0
  },
})

/** Networks take no room that could be told. */
export const pruneUnusedNetworks: Prune = async (session, asked) => {
  const { NetworksDeleted } = await pruneNetworks(await session.client(), pruneQuery(asked))
  return { text: prunedText('Networks', NetworksDeleted ?? [], asked), bytes: 0 }
}
