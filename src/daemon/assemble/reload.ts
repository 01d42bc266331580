import { hostname } from 'node:os'
import { describe } from '../../base/faults.ts'
import { configureLog, logger } from '../../base/log.ts'
import type { DaemonSettings } from '../config/settings.ts'
import { applyDefaults } from './defaults.ts'
import type { Nouns } from './engine.ts'
import { instanceId } from './instance-id.ts'
import { findMachineRuntimes, type MachineParts } from './machine.ts'

const log = logger('daemon')

/**
 * The settings that can change while containers run, taken from what was read anew; the others wait for the next start. All of
 * it or nothing: a file that is wrong in one place changes nothing. The settings as they are then, and what the event tells.
 */
export async function reloadSettings(
  current: DaemonSettings,
  load: () => DaemonSettings,
  machine: MachineParts,
  nouns: Pick<Nouns, 'defaults' | 'events'>,
): Promise<DaemonSettings> {
  try {
    const next = changeable(current, load())
    const runtimes = await findMachineRuntimes(next, machine.cgroups.stray)
    applyDefaults(nouns.defaults, next, { ...machine, runtimes })
    Object.assign(machine.runtimes, runtimes)
    configureLog(next.log)
    log.info('configuration reloaded')
    nouns.events.emit('daemon', 'reload', instanceId(next.instance.dataRoot), attributesOf(next))
    return next
  } catch (failure) {
    log.error('configuration not reloaded', { error: describe(failure) })
    return current
  }
}

const changeable = (current: DaemonSettings, next: DaemonSettings): DaemonSettings => ({
  ...current,
  log: next.log,
  labels: next.labels,
  runtimes: next.runtimes,
  defaultRuntime: next.defaultRuntime,
  registries: next.registries,
  // The program of --init was looked for at the start.
  containers: { ...next.containers, initPath: current.containers.initPath },
  shutdownSeconds: next.shutdownSeconds,
})

/** Docker's names. */
const attributesOf = ({ log, labels, runtimes, defaultRuntime, registries, containers, ...more }: DaemonSettings) => ({
  name: hostname(),
  debug: String(log.level === 'debug'),
  'default-ipc-mode': containers.ipcMode,
  'default-runtime': defaultRuntime,
  'default-shm-size': String(containers.shmBytes),
  'insecure-registries': JSON.stringify(registries.insecure),
  labels: JSON.stringify(labels),
  'live-restore': 'true',
  'max-concurrent-downloads': String(registries.maxDownloads),
  'max-concurrent-uploads': String(registries.maxUploads),
  'max-download-attempts': String(registries.maxAttempts),
  'registry-mirrors': JSON.stringify(registries.mirrors),
  runtimes: Object.keys(runtimes).join(' '),
  'shutdown-timeout': String(more.shutdownSeconds),
})
