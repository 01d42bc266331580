import { isRunning } from './container.ts'
import { type ContainerContext, emit } from './context.ts'
import { containerFaults } from './faults.ts'
import { endedWithin, forceDown, sendSignal, stopSignalOf } from './kill.ts'
import type { LiveContainer } from './live-container.ts'
import { thaw } from './pause.ts'
import { endRestarts } from './restarts.ts'

export type StopOptions = {
  signal?: number
  /** Seconds until SIGKILL; -1: never. */
  graceSeconds?: number
}

/** The stop signal, then SIGKILL when the grace time is over; back when it has ended. Throws 304 if it does not run. */
export async function stopContainer(
  context: ContainerContext,
  container: LiveContainer,
  given: string,
  options: StopOptions = {},
): Promise<void> {
  if (container.record.state.status === 'restarting') {
    endRestarts(context, container)
    emit(context, container, 'stop')
    return
  }
  if (!isRunning(container.record.state)) throw containerFaults.ALREADY_STOPPED(container.id)
  const { ended } = container
  const grace = options.graceSeconds ?? container.record.config.StopTimeout ?? context.needs.defaults.stopTimeoutSeconds
  // Not undone by a restart policy, whichever signal was asked for.
  container.exitIsWanted = true
  await sendSignal(context, container, options.signal ?? stopSignalOf(container))
  if (container.record.state.status === 'paused') await thaw(context, container)
  if (!(await endedWithin(ended, grace * 1000))) await forceDown(context, container, given)
  emit(context, container, 'stop')
}
