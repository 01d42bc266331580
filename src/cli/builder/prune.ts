import { bool, bytes } from '../../formats/command-line/flag-types.ts'
import { defineCommand, noOperands } from '../command.ts'
import { confirmed } from '../confirm.ts'
import { printPruned, prunedText, pruneFlags, pruneQuery, requireTrials } from '../pruning.ts'

const DANGLING = 'WARNING! This will remove all dangling build cache.'
const ALL = 'WARNING! This will remove all build cache.'

export const command = defineCommand({
  usage: '',
  flags: {
    all: bool('Remove all unused build cache, not just dangling ones', { short: 'a' }),
    ...pruneFlags('Provide filter values (e.g. "until=24h")'),
    'keep-storage': bytes('Amount of disk space to keep for cache'),
  },
  operands: noOperands,
  async run({ flags, session }) {
    const asked = { all: flags.all, filters: flags.filter, isTrial: flags['dry-run'] }
    if (asked.isTrial) await requireTrials(session)
    else if (!flags.force && !(await confirmed(session, flags.all ? ALL : DANGLING))) return 0
    const query = {
      ...pruneQuery(asked),
      all: flags.all ? 1 : undefined,
      'keep-storage': flags['keep-storage'] || undefined,
    }
    const client = await session.client()
    const answer = await client.json<{ CachesDeleted?: string[] | null; SpaceReclaimed: number }>(
      'POST',
      '/build/prune',
      { query },
    )
    const text = prunedText('build cache objects', answer.CachesDeleted ?? [], asked)
    printPruned(session, [{ text, bytes: answer.SpaceReclaimed }])
    return 0
  },
})
