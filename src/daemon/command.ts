import { Fault } from '../base/faults.ts'
import { BUILD } from './build.ts'
import { loadLeniently, loadSettings } from './config/load.ts'
import { usage } from './config/usage.ts'
import { type CommandLine, readFlags } from './config/values.ts'
import { startDaemon, statusOfDaemon, stopDaemon } from './control/control.ts'
import { runDaemon } from './main.ts'

/** Said on standard output when ready, to the one who waits in `berth daemon start`. */
const READY_WORD = '--say-ready'
/** A fault of the daemon itself. */
const INTERNAL_EXIT = 70

/** `berth daemon [start|stop|status] [flags]`; gives the exit code. */
export async function daemonCommand(args: string[]): Promise<number> {
  try {
    return await dispatch(args)
  } catch (failure) {
    return complain(failure)
  }
}

function complain(failure: unknown): number {
  const isFault = failure instanceof Fault
  const text = isFault
    ? failure.message
    : failure instanceof Error
      ? (failure.stack ?? failure.message)
      : String(failure)
  process.stderr.write(`berth daemon: ${text}\n${isFault && failure.hint ? `${failure.hint}\n` : ''}`)
  return isFault ? 1 : INTERNAL_EXIT
}

async function dispatch(args: string[]): Promise<number> {
  const [word, ...rest] = args
  const verb = word === 'start' || word === 'stop' || word === 'status' ? word : undefined
  const sayReady = word === READY_WORD
  const line = readFlags(verb || sayReady ? rest : args)
  if (line.help) return say(usage())
  if (line.version) return say(`Berth version ${BUILD.version}, build ${BUILD.commit || 'from source'}\n`)
  if (line.validate) return validate(line)
  if (verb === 'start') return await startDaemon(loadSettings(line), [READY_WORD, ...rest])
  if (verb === 'stop') return await stopDaemon(loadLeniently(line))
  if (verb === 'status') return statusOfDaemon(loadLeniently(line))
  return await foreground(line, sayReady)
}

function validate(line: CommandLine): number {
  loadSettings(line)
  return say('configuration OK\n')
}

async function foreground(line: CommandLine, sayReady: boolean): Promise<number> {
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) process.on(signal, () => stop.abort())
  const code = await runDaemon(line, stop.signal, addresses => {
    if (sayReady) sayReadyTo(addresses)
  }).then(() => 0, complain)
  // Timers, sockets and workers that are still open must not keep a daemon that has let go of everything, or could not start.
  process.exit(code)
}

/** The other end reads until the word; later writes would meet a closed pipe, and there are none. */
function sayReadyTo(addresses: string[]): void {
  process.stdout.write(`ready ${addresses.join(' ')}\n`)
}

function say(text: string): number {
  process.stdout.write(text)
  return 0
}
