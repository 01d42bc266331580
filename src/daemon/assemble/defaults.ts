import { join } from 'node:path'
import { type DaemonDefaults, DEFAULT_ULIMITS, daemonDefaults } from '../../engine/containers/create/daemon-defaults.ts'
import { parseSeccompChoice } from '../../engine/containers/create/security-options.ts'
import { checkLogConfig } from '../../engine/logs/drivers/log-config.ts'
import { logFaults } from '../../engine/logs/faults.ts'
import type { DaemonSettings } from '../config/settings.ts'
import type { MachineParts } from './machine.ts'

/** What the settings and the machine add to a create body. */
export function containerDefaults(
  settings: DaemonSettings,
  machine: MachineParts,
  lookups: Pick<DaemonDefaults, 'findContainer' | 'findImage'>,
): DaemonDefaults {
  const { containers, instance } = settings
  return daemonDefaults({
    host: machine.facts,
    volumeRoot: join(instance.dataRoot, 'volumes'),
    findContainer: lookups.findContainer,
    findImage: lookups.findImage,
    runtimes: machine.runtimes.list().map(({ name }) => name),
    defaultRuntime: machine.runtimes.default.name,
    logConfig: checkedLogConfig(containers),
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

/** Puts others in the place of what everybody holds; throws before anything has changed. */
export function applyDefaults(held: DaemonDefaults, settings: DaemonSettings, machine: MachineParts): void {
  Object.assign(held, containerDefaults(settings, machine, held))
}

/** A daemon with a driver or options that do not exist does not start, as Docker's. */
function checkedLogConfig({ logDriver: Type, logOptions: Config }: DaemonSettings['containers']) {
  try {
    checkLogConfig({ Type, Config })
    return { Type, Config }
  } catch (cause) {
    throw logFaults.DEFAULTS((cause as Error).message, { cause })
  }
}
