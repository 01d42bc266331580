import type { ContainerContext } from './context.ts'
import type { LiveContainer } from './live-container.ts'

/** A person wants a container down that waits for its next try: there is no process to stop, only that try. */
export function endRestarts(context: ContainerContext, container: LiveContainer): void {
  cancelRestart(container)
  const { record } = container
  record.manuallyStopped = true
  record.state = { ...record.state, status: 'exited' }
  context.table.saveLife(container, 'durable')
  container.tellExit()
}

export function cancelRestart(container: LiveContainer): void {
  clearTimeout(container.restartTimer)
  container.restartTimer = undefined
  container.backoffMs = 0
}
