import { statfsSync } from 'node:fs'
import type { SystemNeeds } from '../../api/engine/system/operations.ts'
import type { Events } from '../../engine/events/events.ts'
import { logDriverNames } from '../../engine/logs/drivers/drivers.ts'
import type { UsageSources } from '../../engine/system/disk-usage.ts'
import type { Doctor } from '../../engine/system/doctor.ts'
import { type SystemCounts, type SystemFacts, systemInfo } from '../../engine/system/info.ts'
import { readMachine } from '../../engine/system/machine.ts'
import { type Component, systemVersion } from '../../engine/system/version.ts'
import { BUILD } from '../build.ts'
import type { DaemonSettings } from '../config/settings.ts'
import { instanceId } from './instance-id.ts'

export type SystemSources = {
  events: Events
  usage: UsageSources
  doctor: Doctor
  /** Programs that the engine works with and their versions; asked for once, when somebody wants to know. */
  components: () => Promise<Component[]>
  cgroups: SystemFacts['cgroups']
  counts: () => Omit<SystemCounts, 'listeners'>
  securityOptions: string[]
  warnings: () => string[]
  volumeDrivers: () => Promise<string[]>
  /** Changes with a reload. */
  settings: () => DaemonSettings
}

export function assembleSystem(sources: SystemSources): SystemNeeds {
  const machine = readMachine()
  const id = instanceId(sources.settings().instance.dataRoot)
  let components: Promise<Component[]> | undefined
  const known = () => {
    components ??= sources.components()
    return components
  }
  return {
    events: sources.events,
    usage: sources.usage,
    doctor: sources.doctor,
    version: async () => systemVersion(BUILD, machine, await known()),
    info: async () => {
      const counts = { ...sources.counts(), listeners: sources.events.listeners }
      return systemInfo(factsOf(sources, id, machine, await known(), await sources.volumeDrivers()), counts)
    },
  }
}

function factsOf(
  sources: SystemSources,
  id: string,
  machine: SystemFacts['machine'],
  components: Component[],
  volumeDrivers: string[],
): SystemFacts {
  const settings = sources.settings()
  return {
    id,
    build: BUILD,
    machine,
    dataRoot: settings.instance.dataRoot,
    debug: settings.log.level === 'debug',
    labels: settings.labels,
    cgroups: sources.cgroups,
    runtimes: settings.runtimes,
    defaultRuntime: settings.defaultRuntime,
    components,
    volumeDrivers,
    securityOptions: sources.securityOptions,
    registries: settings.registries,
    addressPools: settings.network.pools,
    loggingDriver: settings.containers.logDriver,
    logDrivers: logDriverNames(),
    initProgram: settings.containers.initPath,
    backingFilesystem: filesystemOf(settings.instance.dataRoot),
    warnings: [...openPorts(settings), ...sources.warnings()],
  }
}

/** Docker's words, which people have learned to look for. */
const openPorts = ({ hosts, tls }: DaemonSettings): string[] =>
  hosts.flatMap(host =>
    host.kind !== 'tcp' || tls
      ? []
      : [
          `WARNING: API is accessible on http://${host.host}:${host.port} without encryption.`,
          '         Access to the remote API is equivalent to root access on the host. Refer',
          "         to the 'Docker daemon attack surface' section in the documentation for",
          '         more information: https://docs.docker.com/go/attack-surface/',
        ],
  )

/** Source: statfs(2). */
const FILESYSTEMS: Record<number, string> = {
  61267: 'extfs',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  16914836: 'tmpfs',
  2035054128: 'overlayfs',
  801189825: 'zfs',
}

const filesystemOf = (path: string): string => FILESYSTEMS[Number(statfsSync(path).type)] ?? '<unknown>'
