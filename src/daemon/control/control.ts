import { closeSync, fstatSync, openSync, readSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { startDetached } from '../../host/processes/detached.ts'
import { selfProgram } from '../../host/processes/self.ts'
import type { DaemonSettings } from '../config/settings.ts'
import { makeDirectories } from '../life/directories.ts'
import { daemonFaults } from '../life/faults.ts'
import { runningDaemon } from '../life/lock.ts'

const LARGE_LOG_BYTES = 10 * 1024 * 1024
const LOOK_MS = 20
/** As LSB has it for `status`. */
const NOT_RUNNING_CODE = 3

/** Starts a daemon that lives on, and returns when it answers. One that runs already is fine. */
export async function startDaemon(settings: DaemonSettings, words: string[]): Promise<number> {
  const { dataRoot } = settings.instance
  const running = runningDaemonOf(settings)
  if (running !== undefined) return say(`berth daemon is running already (process ${running})`)
  makeDirectories(settings.instance)
  const path = join(dataRoot, 'daemon.log')
  const log = openLog(path)
  const daemon = startDetached([...selfProgram(), 'daemon', ...words], log.descriptor)
  const said = await daemon.firstLine()
  if (!said?.startsWith('ready')) throw daemonFaults.NOT_STARTED(path, tail(log.descriptor, log.start))
  closeSync(log.descriptor)
  return say(`berth daemon is running (process ${daemon.pid}) on ${said.slice('ready '.length)}; its log: ${path}`)
}

export async function stopDaemon(settings: DaemonSettings): Promise<number> {
  const { dataRoot } = settings.instance
  const pid = runningDaemonOf(settings)
  if (pid === undefined) return say(`no berth daemon is running on ${dataRoot}`)
  process.kill(Number(pid), 'SIGTERM')
  const deadline = Date.now() + (settings.shutdownSeconds + 10) * 1000
  while (runningDaemonOf(settings) === pid) {
    if (Date.now() > deadline) throw daemonFaults.NOT_STOPPED(pid, settings.shutdownSeconds + 10)
    await Bun.sleep(LOOK_MS)
  }
  return say('berth daemon has stopped; containers run on')
}

export function statusOfDaemon(settings: DaemonSettings): number {
  const pid = runningDaemonOf(settings)
  if (pid !== undefined) return say(`berth daemon is running (process ${pid})`)
  say(`no berth daemon is running on ${settings.instance.dataRoot}`)
  return NOT_RUNNING_CODE
}

const runningDaemonOf = ({ instance }: DaemonSettings): string | undefined => runningDaemon(instance.dataRoot)

/** One predecessor is kept of a log that has grown large. */
function openLog(path: string): { descriptor: number; start: number } {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LARGE_LOG_BYTES) renameSync(path, `${path}.1`)
  const descriptor = openSync(path, 'a+', 0o640)
  return { descriptor, start: fstatSync(descriptor).size }
}

function tail(descriptor: number, start: number): string {
  const size = fstatSync(descriptor).size
  const from = Math.max(start, size - 2000)
  const bytes = Buffer.alloc(size - from)
  readSync(descriptor, bytes, 0, bytes.length, from)
  return bytes.toString('utf8').trim()
}

function say(text: string): number {
  process.stdout.write(`${text}\n`)
  return 0
}
