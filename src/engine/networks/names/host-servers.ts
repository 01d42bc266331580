import { type FSWatcher, watch } from 'node:fs'
import { logger } from '../../../base/log.ts'
import { hostResolvConf } from './name-files.ts'

const log = logger('networks')
/** A file that is written anew comes in several steps. */
const SETTLE_MS = 50
const FILES = { '/etc': 'resolv.conf', '/run/systemd/resolve': 'resolv.conf' }

/** Tells the servers that the host asks, now and whenever they change. */
export function followHostServers(tell: (servers: string[]) => void): Disposable {
  let told: string | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const look = (): void => {
    const { nameservers } = hostResolvConf()
    if (told !== nameservers.join()) tell(nameservers)
    told = nameservers.join()
  }
  const soon = (): void => {
    clearTimeout(timer)
    timer = setTimeout(look, SETTLE_MS)
    timer.unref()
  }
  const watchers = Object.entries(FILES).flatMap(([directory, file]) => watched(directory, file, soon))
  look()
  const stop = (): void => {
    clearTimeout(timer)
    for (const watcher of watchers) watcher.close()
  }
  return { [Symbol.dispose]: stop }
}

/** The directory, since the file is replaced as a whole more often than it is written to. */
function watched(directory: string, file: string, changed: () => void): FSWatcher[] {
  try {
    const watcher = watch(directory, { persistent: false }, (_, name) => {
      if (name === null || name === file) changed()
    })
    watcher.on('error', () => {})
    return [watcher]
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code !== 'ENOENT')
      log.warn('changes of resolv.conf will not be seen', { directory, error: failure })
    return []
  }
}
