import { logger } from '../../base/log.ts'

const log = logger('daemon')
const MANY = 50
const WINDOW_MS = 60_000

/**
 * What nobody caught. The daemon goes on: it is a fault of one request or one container, what the engine promises is in the
 * database and in the monitors, and ending would cut every attached client and, without a supervisor, leave no daemon at all.
 * When they come by the dozen the process itself is unwell; then it ends, and the next start finds everything as after a kill.
 */
export function guardProcess(): void {
  const recent: number[] = []
  const note = (what: string) => (failure: unknown) => {
    log.error(what, { error: failure instanceof Error ? (failure.stack ?? failure.message) : String(failure) })
    const now = Date.now()
    recent.push(now)
    while ((recent[0] ?? now) < now - WINDOW_MS) recent.shift()
    if (recent.length <= MANY) return
    log.error('too many faults in a minute: the daemon ends, containers run on')
    process.exit(70)
  }
  process.on('uncaughtException', note('uncaught exception'))
  process.on('unhandledRejection', note('unhandled rejection'))
  // The terminal or the pipe that reads the log may go; the daemon must not go with it.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  process.on('SIGHUP', () => {})
  process.on('SIGPIPE', () => {})
}
