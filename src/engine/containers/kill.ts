import { setTimeout as sleep } from 'node:timers/promises'
import { parseSignal } from '../../formats/signals/signals.ts'
import { isRunning } from './container.ts'
import { type ContainerContext, emit } from './context.ts'
import { containerFaults } from './faults.ts'
import type { LiveContainer } from './live-container.ts'
import { thaw } from './pause.ts'
import { endRestarts } from './restarts.ts'

export const SIGKILL = 9
export const SIGTERM = 15
/** How long a killed container may take to be gone: its exit comes from the kernel, not from its program. */
const KILL_DEADLINE_MS = 10_000

/** Sends a signal; SIGKILL also waits for the end. `given` is what the client called the container. */
export async function killContainer(
  context: ContainerContext,
  container: LiveContainer,
  given: string,
  signal: number = SIGKILL,
): Promise<void> {
  // Between two tries of its restart policy there is no process: the next try is what is killed.
  if (container.record.state.status === 'restarting') return endRestarts(context, container)
  if (!isRunning(container.record.state)) throw containerFaults.KILL_NOT_RUNNING(given, container.id)
  if (signal !== SIGKILL) return sendSignal(context, container, signal)
  await forceDown(context, container, given)
}

/** SIGKILL, and back when it has ended. */
export async function forceDown(context: ContainerContext, container: LiveContainer, given: string): Promise<void> {
  const { ended } = container
  await sendSignal(context, container, SIGKILL)
  if (!(await endedWithin(ended, KILL_DEADLINE_MS))) throw containerFaults.NOT_KILLED(given)
}

export async function sendSignal(context: ContainerContext, container: LiveContainer, signal: number): Promise<void> {
  const { record, monitor } = container
  // Docker counts any signal where no stop signal is set: a HUP to reload would switch the restart policy off.
  const isFinal = signal === SIGKILL || signal === stopSignalOf(container)
  if (isFinal) {
    container.exitIsWanted = true
    record.manuallyStopped = true
  }
  monitor?.kill(signal)
  emit(context, container, 'kill', { signal: String(signal) })
  // A frozen process takes no signal, not even SIGKILL on cgroup v1.
  if (isFinal && record.state.status === 'paused') await thaw(context, container)
}

/** The number of the container's own stop signal. */
export const stopSignalOf = ({ record }: LiveContainer): number =>
  (record.config.StopSignal && parseSignal(record.config.StopSignal)) || SIGTERM

/** False if it has not ended in this time; a negative time is for ever. */
export async function endedWithin(ended: Promise<void>, milliseconds: number): Promise<boolean> {
  if (milliseconds < 0) return ended.then(() => true)
  const timer = new AbortController()
  try {
    const late = sleep(milliseconds, false, { signal: timer.signal }).catch(() => false)
    return await Promise.race([ended.then(() => true), late])
  } finally {
    timer.abort()
  }
}
