import type { Listener } from '../api/http/listen.ts'
import { configureLog, logger } from '../base/log.ts'
import { killAtStep } from '../base/steps.ts'
import { assemble, type Engine } from './assemble/assemble.ts'
import { killStep, loadSettings } from './config/load.ts'
import type { DaemonSettings } from './config/settings.ts'
import type { CommandLine } from './config/values.ts'
import { makeDirectories, removePidfile, writePidfile } from './life/directories.ts'
import { daemonFaults } from './life/faults.ts'
import { guardProcess } from './life/guard.ts'
import { collectWhenIdle } from './life/idle.ts'
import { listenOnAll } from './life/listening.ts'
import { lockDataRoot } from './life/lock.ts'
import { protectFromOom } from './life/oom.ts'

const log = logger('daemon')
/** How long requests under way get to finish when the daemon stops. */
const CLOSE_GRACE_MS = 1000
/** After the daemon answers: a client that waited for it comes first. */
const WARM_UP_MS = 200

/** Told when the daemon answers its first request, with its addresses. */
export type WhenReady = (addresses: string[]) => void

/**
 * The daemon from its start to its end: takes the data directory, puts the engine together and right with what the last
 * daemon left, listens, and, when the signal aborts, lets go of everything but the containers.
 */
export async function runDaemon(line: CommandLine, stop: AbortSignal, whenReady: WhenReady): Promise<void> {
  const settings = loadSettings(line)
  configureLog(settings.log)
  if (process.getuid?.() !== 0) throw daemonFaults.NOT_ROOT()
  process.umask(0o022)
  makeDirectories(settings.instance)
  const lock = lockDataRoot(settings.instance.dataRoot)
  try {
    guardProcess()
    protectFromOom()
    writePidfile(settings.pidfile)
    await serve(settings, line, stop, whenReady)
  } finally {
    removePidfile(settings.pidfile)
    lock[Symbol.dispose]()
  }
}

async function serve(
  settings: DaemonSettings,
  line: CommandLine,
  stop: AbortSignal,
  whenReady: WhenReady,
): Promise<void> {
  const { instance } = settings
  log.info('starting', { pid: process.pid, dataRoot: instance.dataRoot, execRoot: instance.execRoot })
  const engine = await assemble(settings)
  let listeners: Listener[] = []
  const reload = () => engine.reload(() => loadSettings(line))
  try {
    listeners = await listenOnAll(engine.api, settings)
    process.on('SIGHUP', reload)
    if (killStep() > 0) process.on('SIGUSR2', () => killAtStep(killStep()))
    const addresses = listeners.map(({ address }) => address)
    log.info('ready', { addresses: addresses.join(' '), ms: Math.round(performance.now()) })
    whenReady(addresses)
    using _ = collectWhenIdle(engine.api.requests)
    setTimeout(engine.warmUp, WARM_UP_MS).unref()
    await aborted(stop)
    log.info('stopping; containers run on')
  } finally {
    process.off('SIGHUP', reload)
    await stopAll(engine, listeners, engine.shutdownSeconds())
  }
}

/** New requests are refused first, streams are ended next, so that nothing asks a part that is gone. */
async function stopAll(engine: Engine, listeners: Listener[], seconds: number): Promise<void> {
  engine.endStreams()
  await Promise.all(listeners.map(listener => listener.close(CLOSE_GRACE_MS)))
  await engine.stop(seconds * 1000)
  log.info('stopped')
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
