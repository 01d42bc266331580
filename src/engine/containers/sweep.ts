import { readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { describe } from '../../base/faults.ts'
import { logger } from '../../base/log.ts'
import { reconnectMonitor } from '../../host/monitor/monitor.ts'
import { removeRuntimeState } from '../../host/runtime/cleanup.ts'
import { clearAway, clearAwayBehind } from './clear-away.ts'
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
  await Promise.all((await orphanDirectories(context)).map(id => sweep(context, id)))
  // Groups of containers that do not run, and of creates and removals that were not finished.
  const alive = context.table.all().filter(({ record }) => isRunning(record.state))
  await context.needs.cgroups.sweep(context.needs.instance.cgroupParent, new Set(alive.map(({ id }) => id)))
  void sweepRemoved(context.needs.instance.dataRoot)
}

/** Ends what runs under the id of no container and moves its directory to where it waits for its deletion; gives that place. */
export async function sweep(context: ContainerContext, id: string): Promise<string> {
  const { dataRoot, execRoot } = context.needs.instance
  const directory = join(dataRoot, 'containers', id)
  const away = join(dataRoot, 'tmp', `${REMOVED_PREFIX}${id}`)
  try {
    if (/^[0-9a-f]{64}$/.test(id)) await endOrphan(context, id)
    await rename(directory, away).catch(() => clearAwayBehind(directory))
    await clearAway(join(execRoot, 'containers', id))
  } catch (failure) {
    log.warn('the remains of a container could not be removed', { container: id, error: describe(failure) })
  }
  return away
}

async function endOrphan(context: ContainerContext, id: string): Promise<void> {
  const monitor = await reconnectMonitor(containerPaths(context.needs.instance, id).socket)
  monitor?.kill(SIGKILL)
  if (monitor) await endedWithin(monitor.gone, GONE_DEADLINE_MS)
  const { runtimes } = context.needs
  for (const runtime of runtimes.list()) await removeRuntimeState(runtime, id)
}

async function sweepRemoved(dataRoot: string): Promise<void> {
  for (const path of await removedPaths(dataRoot)) await clearAwayBehind(path)
}

/** What waits for its deletion. */
export async function removedPaths(dataRoot: string): Promise<string[]> {
  const tmp = join(dataRoot, 'tmp')
  return (await entries(tmp)).filter(name => name.startsWith(REMOVED_PREFIX)).map(name => join(tmp, name))
}

/** Names of directories, on the disk and in memory, that are of no container. */
export async function orphanDirectories({ needs: { instance }, table }: ContainerContext): Promise<string[]> {
  const { dataRoot, execRoot } = instance
  const onDisk = await entries(join(dataRoot, 'containers'))
  const inMemory = await entries(join(execRoot, 'containers'))
  return [...new Set([...onDisk, ...inMemory])].filter(id => !table.has(id))
}

const entries = (directory: string): Promise<string[]> => readdir(directory).catch(() => [])
