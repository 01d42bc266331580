import { join } from 'node:path'
import {
  type DaemonDefaults,
  DEFAULT_LOG_OPTIONS,
  DEFAULT_ULIMITS,
  daemonDefaults,
} from '../../engine/containers/create/daemon-defaults.ts'
import { parseSeccompChoice } from '../../engine/containers/create/security-options.ts'
import type { DaemonSettings } from '../config/settings.ts'
import type { MachineParts } from './machine.ts'

/** What the settings and the machine add to a create body. */
export function containerDefaults(
  settings: DaemonSettings,
  machine: MachineParts,
  findContainer: DaemonDefaults['findContainer'],
): DaemonDefaults {
  const { containers, instance } = settings
  return daemonDefaults({
    host: machine.facts,
    volumeRoot: join(instance.dataRoot, 'volumes'),
    findContainer,
    runtimes: machine.runtimes.list().map(({ name }) => name),
    defaultRuntime: machine.runtimes.default.name,
    logConfig: { type: containers.logDriver, options: logOptions(containers) },
    ulimits: { ...DEFAULT_ULIMITS, ...containers.ulimits },
    shmSize: containers.shmBytes,
    ipcMode: containers.ipcMode,
    cgroupnsMode: containers.cgroupnsMode,
    init: containers.init,
    noNewPrivileges: containers.noNewPrivileges,
    hardened: containers.hardened,
    seccomp: parseSeccompChoice(containers.seccompProfile),
    stopTimeoutSeconds: containers.stopTimeoutSeconds,
  })
}

/** The usual limits are those of json-file; other drivers have no such options. */
const logOptions = ({ logDriver, logOptions: given }: DaemonSettings['containers']): Record<string, string> =>
  logDriver === 'json-file' ? { ...DEFAULT_LOG_OPTIONS, ...given } : given
