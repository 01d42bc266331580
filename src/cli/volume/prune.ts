import { formatBytes } from '../../base/units.ts'
import { pruneVolumes } from '../../client/system.ts'
import { bool } from '../../formats/command-line/flag-types.ts'
import { defineCommand, noOperands } from '../command.ts'
import { confirmed } from '../confirm.ts'
import { CommandFailure } from '../failures.ts'
import { filterFlag, filtersQuery } from '../filters.ts'
import { withConfiguredFilters } from '../prune-filters.ts'

const warning = (kind: string): string =>
  `WARNING! This will remove ${kind} local volumes not used by at least one container.`

export const command = defineCommand({
  usage: '[OPTIONS]',
  flags: {
    all: bool('Remove all unused volumes, not just anonymous ones', { short: 'a' }),
    'dry-run': bool('Tell what would be removed, and remove nothing'),
    filter: filterFlag('Provide filter values (e.g. "label=<label>")', {}),
    force: bool('Do not prompt for confirmation', { short: 'f' }),
  },
  operands: noOperands,
  async run({ flags, session }) {
    if (flags.all && flags.filter['all']) {
      throw new CommandFailure('conflicting options: cannot specify both --all and --filter all=1')
    }
    const isTrial = flags['dry-run']
    const filters = await withConfiguredFilters(session, { ...flags.filter, ...(flags.all && { all: ['true'] }) })
    const kind = filters['all'] ? 'all' : 'anonymous'
    if (!flags.force && !isTrial && !(await confirmed(session, warning(kind)))) return 0
    const query = { filters: filtersQuery(filters), 'dry-run': isTrial ? 1 : undefined }
    const { VolumesDeleted, SpaceReclaimed } = await pruneVolumes(await session.client(), query)
    const names = VolumesDeleted ?? []
    if (names.length > 0) {
      session.print(`${isTrial ? 'Volumes that would be deleted' : 'Deleted Volumes'}:\n${names.join('\n')}\n`)
    }
    session.print(`Total reclaimed space: ${formatBytes(SpaceReclaimed, 4)}`)
    return 0
  },
})
