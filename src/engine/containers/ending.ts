import { describe } from '../../base/faults.ts'
import { logger } from '../../base/log.ts'
import { formatTimestamp, parseTimestamp } from '../../base/timestamps.ts'
import type { Exit, Monitor } from '../../host/monitor/monitor.ts'
import { endedHealth } from './container.ts'
import { type ContainerContext, emit } from './context.ts'
import { exitOf, releaseNetwork } from './exit.ts'
import type { LiveContainer } from './live-container.ts'
import { discard } from './remove.ts'
import { hasPolicy, nextBackoff, wantsRestart, withJitter } from './restart-policy.ts'
import { unmountSharedMemory } from './shared-memory.ts'
import { startAgain } from './start.ts'

const log = logger('containers')
const MILLISECOND = 1_000_000n
const SECOND = 1_000_000_000n

/** Follows a run to its end and does what comes after: state, waiters, events, then restart or removal. */
export function watch(context: ContainerContext, container: LiveContainer, monitor: Monitor): void {
  container.monitor = monitor
  if (container.record.state.status === 'running') context.life.up(container)
  container.gone = monitor.gone
  container.ended = exitOf(context, container, monitor)
    .then(exit => context.locks.run(container.id, () => end(context, container, exit)))
    .catch(failure =>
      log.error('the end of a container could not be recorded', { container: container.id, error: describe(failure) }),
    )
}

/** The holder of the lock calls it. Network first, so that who waits for the end finds the ports free. */
export async function end(context: ContainerContext, container: LiveContainer, exit: Exit): Promise<void> {
  context.life.down(container)
  await releaseNetwork(context, container)
  context.needs.volumes.use.unmounted(container.id, container.record.mounts)
  container.monitor = undefined
  unmountSharedMemory(context, container)
  const ran = runTime(container, exit)
  const isAgain = decideRestart(context, container, exit)
  recordEnd(context, container, { exit, ran, isAgain })
  if (exit.oomKilled) emit(context, container, 'oom')
  emit(context, container, 'die', { exitCode: String(exit.code), execDuration: String(ran / SECOND) })
  container.tellExit()
  if (isAgain) scheduleRestart(context, container, Number(ran / MILLISECOND))
  else if (container.record.hostConfig.AutoRemove && !container.isRestartingByHand)
    await discard(context, container, true)
}

/** Nanoseconds. A program that ended before its start was noted has run for no time. */
function runTime({ record: { state } }: LiveContainer, exit: Exit): bigint {
  const ran = exit.finishedAt - parseTimestamp(state.startedAt)
  return ran > 0n ? ran : 0n
}

function decideRestart(
  context: ContainerContext,
  { record, exitIsWanted, isRemoving }: LiveContainer,
  exit: Exit,
): boolean {
  if (context.isStopping || isRemoving) return false
  const ending = { exitCode: exit.code, restartCount: record.restartCount, byHand: exitIsWanted }
  return wantsRestart(record.hostConfig.RestartPolicy, ending)
}

type Ended = { exit: Exit; ran: bigint; isAgain: boolean }

function recordEnd(context: ContainerContext, container: LiveContainer, { exit, ran, isAgain }: Ended): void {
  const { record } = container
  if (isAgain) record.restartCount++
  record.attachment = undefined
  const finishedAt = formatTimestamp(exit.finishedAt)
  record.state = {
    ...record.state,
    status: isAgain ? 'restarting' : 'exited',
    pid: 0,
    exitCode: exit.code,
    startedAt: ran === 0n ? finishedAt : record.state.startedAt,
    error: '',
    oomKilled: exit.oomKilled,
    finishedAt,
    ...endedHealth(record.state),
  }
  context.table.saveLife(container, hasPolicy(record.hostConfig.RestartPolicy) ? 'durable' : 'relaxed')
}

/** `ranMs`: how long the last run was; a long one makes the back-off begin anew. */
export function scheduleRestart(context: ContainerContext, container: LiveContainer, ranMs: number): void {
  container.backoffMs = nextBackoff(container.backoffMs, ranMs)
  const again = () => {
    startAgain(context, container).catch(failure =>
      log.warn('a container could not be restarted', { container: container.id, error: describe(failure) }),
    )
  }
  clearTimeout(container.restartTimer)
  container.restartTimer = setTimeout(again, withJitter(container.backoffMs))
}
