import { existsSync } from 'node:fs'
import type { Finding } from '../../../base/finding.ts'
import { isRunning } from '../container.ts'
import { type ContainerContext, pathsOf } from '../context.ts'
import type { LiveContainer } from '../live-container.ts'
import { recoverOne } from '../recover.ts'

/** Containers that the machine has otherwise than their rows. */
export const damagedContainers = (context: ContainerContext): Finding[] =>
  context.table
    .all()
    .flatMap(container => [
      ...unwatched(context, container),
      ...withoutDirectory(context, container),
      ...withoutLayers(context, container),
    ])

const isUnwatched = ({ record: { state }, monitor }: LiveContainer): boolean => isRunning(state) && !monitor

/** One that could not be recovered at the start of the daemon. */
function unwatched(context: ContainerContext, container: LiveContainer): Finding[] {
  if (!isUnwatched(container)) return []
  const mend = () => context.locks.run(container.id, () => recoverAgain(context, container))
  const remedy = 'adopt it if it lives, or record its end'
  return [
    { kind: 'container', subject: container.id, trouble: 'runs as it is written, watched by nobody', remedy, mend },
  ]
}

async function recoverAgain(context: ContainerContext, container: LiveContainer): Promise<void> {
  if (!isUnwatched(container)) return
  const adopted = await recoverOne(context, container)
  if (adopted) context.watch(container, adopted.monitor)
}

function withoutDirectory(context: ContainerContext, container: LiveContainer): Finding[] {
  if (existsSync(pathsOf(context, container).upper)) return []
  const trouble = 'its directory is gone, and what it had written with it'
  return [{ kind: 'container', subject: container.id, trouble, remedy: 'a start begins with an empty one' }]
}

function withoutLayers({ needs }: ContainerContext, { id, record }: LiveContainer): Finding[] {
  const missing = record.diffIds.find(diffId => !needs.layers.has(diffId))
  if (missing === undefined) return []
  return [
    { kind: 'container', subject: id, trouble: `a layer is gone: ${missing}`, remedy: 'pull or load its image again' },
  ]
}
