import { Fault } from '../../base/faults.ts'
import { Semaphore } from '../../base/locks.ts'
import { parseTimestamp } from '../../base/timestamps.ts'
import { compilePruneFilters, type PruneFilters } from '../../formats/prune-filters/prune-filters.ts'
import { isRunning } from './container.ts'
import type { ContainerContext } from './context.ts'
import type { LiveContainer } from './live-container.ts'
import { removeContainer } from './remove.ts'
import { writableBytes } from './sizes.ts'

export type PruneQuery = { filters: PruneFilters /** Tells what would go, and removes nothing. */; isTrial: boolean }
export type PrunedContainers = { ids: string[]; bytes: number }

const AT_ONCE = 10
const PLAINLY = { force: false, anonymousVolumes: false, link: false }

/** Removes containers that do not run. One that is started or removed meanwhile is left to whoever did it. */
export async function pruneContainers(
  context: ContainerContext,
  containers: LiveContainer[],
  { filters, isTrial }: PruneQuery,
): Promise<PrunedContainers> {
  const isWanted = compilePruneFilters(filters)
  const chosen = containers.filter(({ record }) => mayGo(record.state) && isWanted(candidateOf(record)))
  const sizes = await writableBytes(context, chosen)
  const limit = new Semaphore(AT_ONCE)
  const gone = await Promise.all(chosen.map(container => limit.run(() => isTrial || isRemoved(context, container))))
  const pruned = chosen.filter((_, place) => gone[place])
  return {
    ids: pruned.map(({ id }) => id),
    bytes: pruned.reduce((sum, container) => sum + (sizes.get(container.id) ?? 0), 0),
  }
}

const mayGo = (state: LiveContainer['record']['state']): boolean =>
  !isRunning(state) && state.status !== 'restarting' && state.status !== 'removing'

const candidateOf = ({ config, created }: LiveContainer['record']) => ({
  labels: config.Labels,
  created: parseTimestamp(created),
})

async function isRemoved(context: ContainerContext, container: LiveContainer): Promise<boolean> {
  try {
    await removeContainer(context, container, container.id, PLAINLY)
    return true
  } catch (failure) {
    if (failure instanceof Fault && ['conflict', 'not-found'].includes(failure.kind)) return false
    throw failure
  }
}
