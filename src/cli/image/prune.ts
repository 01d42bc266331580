import { pruneImages } from '../../client/images.ts'
import { bool } from '../../formats/command-line/flag-types.ts'
import { defineCommand, noOperands } from '../command.ts'
import { confirmed } from '../confirm.ts'
import { withConfiguredFilters } from '../prune-filters.ts'
import { type Prune, printPruned, prunedText, pruneFlags, pruneQuery, requireTrials } from '../pruning.ts'

const DANGLING = 'WARNING! This will remove all dangling images.'
const ALL = 'WARNING! This will remove all images without at least one container associated to them.'

export const command = defineCommand({
  usage: '[OPTIONS]',
  flags: {
    all: bool('Remove all unused images, not just dangling ones', { short: 'a' }),
    ...pruneFlags('Provide filter values (e.g. "until=<timestamp>")'),
  },
  operands: noOperands,
  async run({ flags, session }) {
    const isTrial = flags['dry-run']
    if (isTrial) await requireTrials(session)
    else if (!flags.force && !(await confirmed(session, flags.all ? ALL : DANGLING))) return 0
    const filters = await withConfiguredFilters(session, flags.filter)
    printPruned(session, [await pruneUnusedImages(session, { all: flags.all, filters, isTrial })])
    return 0
  },
})

export const pruneUnusedImages: Prune = async (session, asked) => {
  const filters = { ...asked.filters, dangling: [String(!asked.all)] }
  const { ImagesDeleted, SpaceReclaimed } = await pruneImages(await session.client(), pruneQuery({ ...asked, filters }))
  const lines = (ImagesDeleted ?? []).map(({ Untagged, Deleted }) =>
    Untagged ? `untagged: ${Untagged}` : `deleted: ${Deleted}`,
  )
  return { text: prunedText('Images', lines, asked), bytes: SpaceReclaimed }
}
