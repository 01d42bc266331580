import { DaemonFault } from '../../client/faults.ts'
import { pruneBuildCache } from '../../client/system.ts'
import { bool } from '../../formats/command-line/flag-types.ts'
import { defineCommand, noOperands } from '../command.ts'
import { confirmed } from '../confirm.ts'
import { pruneStopped } from '../container/prune.ts'
import { CommandFailure } from '../failures.ts'
import type { Filters } from '../filters.ts'
import { pruneUnusedImages } from '../image/prune.ts'
import { pruneUnusedNetworks } from '../network/prune.ts'
import { withConfiguredFilters } from '../prune-filters.ts'
import { type Prune, type Pruned, printPruned, prunedText, pruneFlags, pruneQuery, requireTrials } from '../pruning.ts'
import { pruneUnusedVolumes } from '../volume/prune.ts'

export const command = defineCommand({
  usage: '[OPTIONS]',
  flags: {
    all: bool('Remove all unused images not just dangling ones', { short: 'a' }),
    ...pruneFlags('Provide filter values (e.g. "label=<key>=<value>")'),
    volumes: bool('Prune anonymous volumes'),
  },
  operands: noOperands,
  async run({ flags, session }) {
    const { all, volumes, filter: given, 'dry-run': isTrial } = flags
    if (volumes && given['until']) {
      throw new CommandFailure('ERROR: The "until" filter is not supported with "--volumes"')
    }
    const filters = await withConfiguredFilters(session, given)
    if (isTrial) await requireTrials(session)
    else if (!flags.force && !(await confirmed(session, warning(all, volumes, filters)))) return 0
    const prunes = [pruneStopped, pruneUnusedNetworks, ...(volumes ? [pruneUnusedVolumes] : []), pruneUnusedImages]
    const pruned: Pruned[] = []
    for (const prune of [...prunes, pruneCache]) pruned.push(await prune(session, { all, filters, isTrial }))
    printPruned(session, pruned)
    return 0
  },
})

function warning(all: boolean, volumes: boolean, filters: Filters): string {
  const kinds = [
    'all stopped containers',
    'all networks not used by at least one container',
    ...(volumes ? ['all anonymous volumes not used by at least one container'] : []),
    all ? 'all images without at least one container associated to them' : 'all dangling images',
    all ? 'all build cache' : 'unused build cache',
  ]
  const conditions = Object.entries(filters).flatMap(([key, values]) => values.map(value => `${key}=${value}`))
  const narrowed =
    conditions.length > 0 ? ['  Items to be pruned will be filtered with:', ...listed(conditions.sort()), ''] : []
  return ['WARNING! This will remove:', ...listed(kinds), '', ...narrowed].join('\n')
}

const listed = (lines: string[]): string[] => lines.map(line => `  - ${line}`)

const pruneCache: Prune = (session, asked) =>
  whereThereIs(async () => {
    const query = { ...pruneQuery(asked), all: asked.all ? 1 : undefined }
    const { CachesDeleted, SpaceReclaimed } = await pruneBuildCache(await session.client(), query)
    return { text: prunedText('build cache objects', CachesDeleted ?? [], asked), bytes: SpaceReclaimed }
  })

/** A daemon may have no cache of builds: then there is nothing to remove. */
async function whereThereIs(prune: () => Promise<Pruned>): Promise<Pruned> {
  try {
    return await prune()
  } catch (failure) {
    if (failure instanceof DaemonFault && failure.status === 501) return { text: '', bytes: 0 }
    throw failure
  }
}
