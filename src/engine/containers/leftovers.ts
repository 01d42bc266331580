import { removeRuntimeState } from '../../host/runtime/cleanup.ts'
import { type ContainerContext, cgroupOf } from './context.ts'
import type { LiveContainer } from './live-container.ts'
import { unmountSharedMemory } from './shared-memory.ts'

/**
 * Ends a run whose monitor is gone: kills its processes, removes its cgroup and what the runtime knows of it. Its mounts
 * go with its processes, in whose namespace they are. True if something was alive.
 */
export async function killLeftovers(context: ContainerContext, container: LiveContainer): Promise<boolean> {
  const group = cgroupOf(context, container)
  const wasAlive = (await context.needs.cgroups.pids(group)).length > 0
  await context.needs.cgroups.remove(group)
  unmountSharedMemory(context, container)
  await removeRuntimeState(context.needs.runtimes.get(container.record.hostConfig.Runtime ?? ''), container.id)
  return wasAlive
}
