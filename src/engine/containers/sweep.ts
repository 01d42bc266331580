import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe } from '../../base/faults.ts'
import { logger } from '../../base/log.ts'
import { reconnectMonitor } from '../../host/monitor/monitor.ts'
import { removeRuntimeState } from '../../host/runtime/cleanup.ts'
import { removeDirectory } from '../../store/tree/remove-directory.ts'
import { isRunning } from './container.ts'
import { containerPaths } from './container-paths.ts'
import type { ContainerContext } from './context.ts'
import { endedWithin, SIGKILL } from './kill.ts'

const log = logger('containers')
const GONE_DEADLINE_MS = 5_000
/** Names below dataRoot/tmp of what waits for its deletion. */
export const REMOVED_PREFIX = 'removed-'

/** Removes what belongs to no container: of creates that were not finished and removals that were not. */
export async function sweepOrphans(context: ContainerContext): Promise<void> {
  const { dataRoot, execRoot } = context.needs.instance
  const onDisk = await entries(join(dataRoot, 'containers'))
  const inMemory = await entries(join(execRoot, 'containers'))
  const orphans = new Set([...onDisk, ...inMemory].filter(id => !context.table.has(id)))
  await Promise.all([...orphans].map(id => sweep(context, id)))
  // Groups of containers that do not run, and of creates and removals that were not finished.
  const alive = context.table.all().filter(({ record }) => isRunning(record.state))
  await context.needs.cgroups.sweep(context.needs.instance.cgroupParent, new Set(alive.map(({ id }) => id)))
  void sweepRemoved(dataRoot)
}

async function sweep(context: ContainerContext, id: string): Promise<void> {
  const { dataRoot, execRoot } = context.needs.instance
  try {
    if (/^[0-9a-f]{64}$/.test(id)) await endOrphan(context, id)
    await rename(join(dataRoot, 'containers', id), join(dataRoot, 'tmp', `${REMOVED_PREFIX}${id}`)).catch(() => {})
    await rm(join(execRoot, 'containers', id), { recursive: true, force: true })
  } catch (failure) {
    log.warn('the remains of a container could not be removed', { container: id, error: describe(failure) })
  }
}

async function endOrphan(context: ContainerContext, id: string): Promise<void> {
  const monitor = await reconnectMonitor(containerPaths(context.needs.instance, id).socket)
  monitor?.kill(SIGKILL)
  if (monitor) await endedWithin(monitor.gone, GONE_DEADLINE_MS)
  const { runtimes } = context.needs
  for (const runtime of runtimes.list()) await removeRuntimeState(runtime, id)
}

async function sweepRemoved(dataRoot: string): Promise<void> {
  const tmp = join(dataRoot, 'tmp')
  for (const name of await entries(tmp)) {
    if (!name.startsWith(REMOVED_PREFIX)) continue
    await removeDirectory(join(tmp, name)).catch(failure =>
      log.warn('what a removed container left could not be deleted', { path: name, error: describe(failure) }),
    )
  }
}

const entries = (directory: string): Promise<string[]> => readdir(directory).catch(() => [])
