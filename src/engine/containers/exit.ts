import { describe } from '../../base/faults.ts'
import { logger } from '../../base/log.ts'
import { nowNanoseconds } from '../../base/timestamps.ts'
import type { Exit, Monitor } from '../../host/monitor/monitor.ts'
import type { ContainerContext } from './context.ts'
import { killLeftovers } from './leftovers.ts'
import type { LiveContainer } from './live-container.ts'

const log = logger('containers')
/** Killed by SIGKILL, as a shell tells it. */
export const KILLED = 137
/** A network that does not let go must not keep a container from having ended. */
const RELEASE_DEADLINE_MS = 5_000

/** How the run that the monitor holds ends; a monitor that was lost takes its container with it. */
export async function exitOf(context: ContainerContext, container: LiveContainer, monitor: Monitor): Promise<Exit> {
  try {
    return await monitor.exited
  } catch (failure) {
    // Our own end may look like the monitor's; its container lives on.
    if (context.isStopping) return new Promise(() => {})
    log.warn('the monitor of a container is gone; the container is killed', { container: container.id, error: failure })
    await killLeftovers(context, container).catch(trouble =>
      log.error('what a lost monitor left could not be removed', {
        container: container.id,
        error: describe(trouble),
      }),
    )
    return { code: KILLED, oomKilled: false, finishedAt: nowNanoseconds() }
  }
}

/** Safe to call for a container without a network. */
export async function releaseNetwork({ needs }: ContainerContext, container: LiveContainer): Promise<void> {
  const { attachment } = container.record
  if (!attachment) return
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the network did not let go in time')), RELEASE_DEADLINE_MS)
  })
  await Promise.race([needs.networks.release(container.id, attachment), late])
    .catch(failure =>
      log.error('the network of a container was not released', { container: container.id, error: describe(failure) }),
    )
    .finally(() => clearTimeout(timer))
}
