import { pruneVolumes } from '../../client/system.ts'
import { bool } from '../../formats/command-line/flag-types.ts'
import { defineCommand, noOperands } from '../command.ts'
import { confirmed } from '../confirm.ts'
import { CommandFailure } from '../failures.ts'
import { withConfiguredFilters } from '../prune-filters.ts'
import { type Prune, printPruned, prunedText, pruneFlags, pruneQuery, requireTrials } from '../pruning.ts'

const warning = (kind: string): string =>
  `WARNING! This will remove ${kind} local volumes not used by at least one container.`

export const command = defineCommand({
  usage: '[OPTIONS]',
  flags: {
    all: bool('Remove all unused volumes, not just anonymous ones', { short: 'a' }),
    ...pruneFlags('Provide filter values (e.g. "label=<label>")'),
  },
  operands: noOperands,
  async run({ flags, session }) {
    if (flags.all && flags.filter['all']) {
      throw new CommandFailure('conflicting options: cannot specify both --all and --filter all=1')
    }
    const isTrial = flags['dry-run']
    if (isTrial) await requireTrials(session)
    const filters = await withConfiguredFilters(session, { ...flags.filter, ...(flags.all && { all: ['true'] }) })
    const kind = filters['all'] ? 'all' : 'anonymous'
    if (!flags.force && !isTrial && !(await confirmed(session, warning(kind)))) return 0
    printPruned(session, [await pruneUnusedVolumes(session, { all: flags.all, filters, isTrial })])
    return 0
  },
})

/** Which volumes, the filters say. */
export const pruneUnusedVolumes: Prune = async (session, asked) => {
  const { VolumesDeleted, SpaceReclaimed } = await pruneVolumes(await session.client(), pruneQuery(asked))
  return { text: prunedText('Volumes', VolumesDeleted ?? [], asked), bytes: SpaceReclaimed }
}
