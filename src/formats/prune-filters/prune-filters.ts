import { defineFaults } from '../../base/faults.ts'
import { nowNanoseconds, parseMoment, TimestampError } from '../../base/timestamps.ts'

/** What every prune takes: the same words and rules for all nouns. Source: swagger.yaml, moby's matchLabels and getUntilFromPruneFilters. */
export const PRUNE_FILTERS = ['label', 'label!', 'until'] as const
export type PruneFilters = ReadonlyMap<string, readonly string[]>
/** `created`: nanoseconds since 1970. */
export type PruneCandidate = { labels: Record<string, string> | null | undefined; created: bigint }

const faults = defineFaults('PRUNE_FILTER', {
  UNTIL_TWICE: { kind: 'invalid', message: () => 'more than one until filter specified' },
  UNTIL: { kind: 'invalid', message: (why: string) => why },
  RUNNING: { kind: 'conflict', message: () => 'a prune operation is already running' },
})

/** Whether something may go. `label!` spares what has all of its labels, as in Docker. Throws 400 faults. */
export function compilePruneFilters(filters: PruneFilters): (candidate: PruneCandidate) => boolean {
  const until = untilOf(filters.get('until') ?? [])
  const wanted = filters.get('label') ?? []
  const spared = filters.get('label!') ?? []
  return ({ labels, created }) =>
    (until === undefined || created <= until) &&
    wanted.every(label => hasLabel(labels, label)) &&
    !(spared.length > 0 && spared.every(label => hasLabel(labels, label)))
}

/** One prune of a noun at a time, as in Docker. */
export class PruneTurn {
  #isTaken = false

  async run<T>(work: () => Promise<T> | T): Promise<T> {
    if (this.#isTaken) throw faults.RUNNING()
    this.#isTaken = true
    try {
      return await work()
    } finally {
      this.#isTaken = false
    }
  }
}

function untilOf(values: readonly string[]): bigint | undefined {
  const [value] = values
  if (value === undefined) return undefined
  if (values.length > 1) throw faults.UNTIL_TWICE()
  try {
    return parseMoment(value, nowNanoseconds())
  } catch (cause) {
    if (cause instanceof TimestampError) throw faults.UNTIL(cause.message, { cause })
    throw cause
  }
}

function hasLabel(labels: PruneCandidate['labels'], wanted: string): boolean {
  const at = wanted.indexOf('=')
  const key = at < 0 ? wanted : wanted.slice(0, at)
  if (!labels || !Object.hasOwn(labels, key)) return false
  return at < 0 || labels[key] === wanted.slice(at + 1)
}
