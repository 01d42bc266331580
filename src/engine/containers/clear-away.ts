import { describe } from '../../base/faults.ts'
import { logger } from '../../base/log.ts'
import { step } from '../../base/steps.ts'
import { detachBelow } from '../../host/mounts/detach-below.ts'
import { removeDirectory } from '../../store/tree/remove-directory.ts'

const log = logger('containers')
const FIRST_RETRY_MS = 500
const LAST_RETRY_MS = 60_000

/** Deletes a directory of ours that a container may have filled, and never goes through a mount in it. One that is not there is fine. */
export async function clearAway(path: string): Promise<void> {
  step()
  const detached = await detachBelow(path)
  if (detached.length > 0) log.warn('mounts in what is deleted were taken away', { path, mounts: detached.join(' ') })
  await removeDirectory(path)
}

/**
 * The same for nobody who waits: what will not go now is tried again, ever more seldom, until the next start of the daemon
 * takes over.
 */
export async function clearAwayBehind(path: string, retryMs = FIRST_RETRY_MS): Promise<void> {
  try {
    await clearAway(path)
  } catch (failure) {
    log.warn('what a removed container left could not be deleted; trying again', {
      path,
      error: describe(failure),
      afterMs: retryMs,
    })
    const again = () => void clearAwayBehind(path, Math.min(retryMs * 2, LAST_RETRY_MS))
    setTimeout(again, retryMs).unref()
  }
}
