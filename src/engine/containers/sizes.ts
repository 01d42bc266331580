import { isRunning } from './container.ts'
import { type ContainerContext, pathsOf } from './context.ts'
import type { LiveContainer } from './live-container.ts'

/**
 * Bytes of the writable layers, by container. What does not run is measured once: only a start or a copy into it changes it. One
 * whose directory is gone counts nothing.
 */
export async function writableBytes(
  context: ContainerContext,
  containers: readonly LiveContainer[],
): Promise<Map<string, number>> {
  const unknown = containers.filter(container => {
    const moment = momentOf(container)
    return moment === undefined || container.measured?.at !== moment
  })
  const moments = unknown.map(momentOf)
  const found = await context.needs.trees.usages(unknown.map(container => pathsOf(context, container).upper))
  unknown.forEach((container, place) => {
    const bytes = Math.max(0, found[place] ?? 0)
    container.measured = { at: moments[place], bytes }
  })
  return new Map(containers.map(container => [container.id, container.measured?.bytes ?? 0]))
}

/** Stands for the content of a writable layer that nobody writes to; undefined while somebody may. */
function momentOf({ record: { state }, copyCount }: LiveContainer): string | undefined {
  return isRunning(state) || state.status === 'restarting'
    ? undefined
    : `${state.startedAt} ${state.finishedAt} ${copyCount}`
}
