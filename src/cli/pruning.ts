import { formatBytes } from '../base/units.ts'
import { bool } from '../formats/command-line/flag-types.ts'
import { type Filters, filterFlag, filtersQuery } from './filters.ts'
import { requireBerth } from './require-berth.ts'
import type { Session } from './session.ts'

/** What every prune command has in common. `--dry-run` is ours. */
export const pruneFlags = (filterUsage: string) => ({
  'dry-run': bool('Tell what would be removed, and remove nothing'),
  filter: filterFlag(filterUsage, {}),
  force: bool('Do not prompt for confirmation', { short: 'f' }),
})

export type PruneAsked = { all: boolean; filters: Filters; isTrial: boolean }
/** The lines that tell what has gone, '' for none, and how much room that makes. */
export type Pruned = { text: string; bytes: number }
export type Prune = (session: Session, asked: PruneAsked) => Promise<Pruned>

export const pruneQuery = ({ filters, isTrial }: PruneAsked) => ({
  filters: filtersQuery(filters),
  'dry-run': isTrial ? (1 as const) : undefined,
})

/** `what` in the words of docker: `Containers`. */
export function prunedText(what: string, lines: readonly string[], { isTrial }: PruneAsked): string {
  if (lines.length === 0) return ''
  return `${isTrial ? `${what} that would be deleted` : `Deleted ${what}`}:\n${lines.join('\n')}\n`
}

export function printPruned(session: Session, pruned: readonly Pruned[]): void {
  for (const { text } of pruned) if (text !== '') session.print(text)
  const bytes = pruned.reduce((sum, one) => sum + one.bytes, 0)
  session.print(`Total reclaimed space: ${formatBytes(bytes, 4)}`)
}

/** A daemon that does not know trials would take the request for a real one. */
export const requireTrials = async (session: Session): Promise<void> =>
  requireBerth(await session.client(), '--dry-run')
