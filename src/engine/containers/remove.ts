import { randomBytes } from 'node:crypto'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { describe } from '../../base/faults.ts'
import { logger } from '../../base/log.ts'
import { step } from '../../base/steps.ts'
import { clearAwayBehind } from './clear-away.ts'
import { isRunning } from './container.ts'
import { type ContainerContext, emit, pathsOf } from './context.ts'
import { containerFaults } from './faults.ts'
import { forceDown } from './kill.ts'
import type { LiveContainer } from './live-container.ts'
import { cancelRestart } from './restarts.ts'
import { REMOVED_PREFIX } from './sweep.ts'

const log = logger('containers')

export type RemoveOptions = { force: boolean; anonymousVolumes: boolean; link: boolean }

/** Back as soon as name, ports and address are free; the directories are deleted behind. */
export async function removeContainer(
  context: ContainerContext,
  container: LiveContainer,
  given: string,
  options: RemoveOptions,
): Promise<void> {
  if (options.link) throw containerFaults.REMOVE_LINK()
  if (container.isRemoving) throw containerFaults.REMOVING(given)
  if (!options.force) refuseRunning(container)
  container.isRemoving = true
  try {
    cancelRestart(container)
    for (const copy of container.copies) copy.abort()
    // A start that is under way comes to its end first.
    await context.locks.run(container.id, () => {})
    if (!options.force) refuseRunning(container)
    if (isRunning(container.record.state)) await forceDown(context, container, given)
    await context.locks.run(container.id, () => discard(context, container, options.anonymousVolumes))
  } finally {
    container.isRemoving = false
  }
}

function refuseRunning({ record: { name, state } }: LiveContainer): void {
  if (state.status === 'paused') throw containerFaults.REMOVE_PAUSED(name)
  if (isRunning(state) || state.status === 'restarting') throw containerFaults.REMOVE_RUNNING(name, state.status)
}

/** Takes a container that does not run out of the world. The holder of its lock calls it. */
export async function discard(
  context: ContainerContext,
  container: LiveContainer,
  anonymousVolumes: boolean,
): Promise<void> {
  if (!context.table.has(container.id)) return
  cancelRestart(container)
  // A removal that was answered holds over a power cut; that of --rm would only be repeated.
  context.table.delete(container, container.record.hostConfig.AutoRemove ? 'relaxed' : 'durable')
  container.record.state = { ...container.record.state, status: 'removing' }
  context.forget(container)
  await releaseVolumes(context, container, anonymousVolumes)
  const swept = await moveAway(context, container)
  container.dropPending()
  emit(context, container, 'destroy')
  container.tellRemoval()
  void sweepBehind(context, container, swept)
}

async function releaseVolumes(
  { needs }: ContainerContext,
  { id }: LiveContainer,
  removeAnonymous: boolean,
): Promise<void> {
  await needs.volumes
    .release(id, { removeAnonymous })
    .catch(failure =>
      log.warn('the volumes of a removed container were not released', { container: id, error: describe(failure) }),
    )
}

/** Where it waits for its deletion; what is below `tmp/` is swept at the next start. What cannot be moved is deleted where it is. */
async function moveAway(context: ContainerContext, container: LiveContainer): Promise<string> {
  const { directory } = pathsOf(context, container)
  const away = join(
    context.needs.instance.dataRoot,
    'tmp',
    `${REMOVED_PREFIX}${container.id}-${randomBytes(4).toString('hex')}`,
  )
  step()
  try {
    await rename(directory, away)
    return away
  } catch (failure) {
    const isAbsent = (failure as NodeJS.ErrnoException).code === 'ENOENT'
    if (!isAbsent)
      log.warn('the directory of a removed container could not be moved', {
        container: container.id,
        error: describe(failure),
      })
    return directory
  }
}

async function sweepBehind(context: ContainerContext, container: LiveContainer, directory: string): Promise<void> {
  // The monitor still has the layer mounted until it is gone.
  await container.gone.catch(() => {})
  await clearAwayBehind(directory)
  await clearAwayBehind(pathsOf(context, container).bundle)
}
