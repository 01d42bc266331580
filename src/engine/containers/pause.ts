import type { ContainerState } from './container.ts'
import { type ContainerContext, cgroupOf, emit } from './context.ts'
import { containerFaults } from './faults.ts'
import type { LiveContainer } from './live-container.ts'

export const pauseContainer = (context: ContainerContext, container: LiveContainer): Promise<void> =>
  context.locks.run(container.id, async () => {
    const { status } = container.record.state
    if (status === 'paused') throw containerFaults.ALREADY_PAUSED(container.id)
    if (status === 'restarting') throw containerFaults.RESTARTING(container.id)
    if (status !== 'running') throw containerFaults.NOT_RUNNING(container.id)
    await context.needs.cgroups.freeze(cgroupOf(context, container))
    changeStatus(context, container, 'paused')
    emit(context, container, 'pause')
  })

export const unpauseContainer = (context: ContainerContext, container: LiveContainer): Promise<void> =>
  context.locks.run(container.id, async () => {
    if (container.record.state.status !== 'paused') throw containerFaults.NOT_PAUSED(container.id)
    await thaw(context, container)
  })

/** Also before a signal that has to arrive; without the lock, which its end may already hold. */
export async function thaw(context: ContainerContext, container: LiveContainer): Promise<void> {
  await context.needs.cgroups.thaw(cgroupOf(context, container))
  if (container.record.state.status === 'paused') changeStatus(context, container, 'running')
  emit(context, container, 'unpause')
}

function changeStatus(context: ContainerContext, container: LiveContainer, status: ContainerState['status']): void {
  container.record.state = { ...container.record.state, status }
  if (status === 'running') context.life.up(container)
  else context.life.down(container)
  context.table.saveLife(container, 'relaxed')
}
