import { formatBinaryBytes } from '../../base/units.ts'
import { readText } from '../../client/client.ts'
import { daemonInfo } from '../../client/system.ts'
import { text } from '../../formats/command-line/flag-types.ts'
import { goShape } from '../../formats/go-shapes/shapes.ts'
import { defineCommand, noOperands } from '../command.ts'
import { currentContext } from '../config/connect.ts'
import { CommandFailure, messageOf } from '../failures.ts'
import { readTemplate } from '../format/inspect.ts'
import { INSPECT_FORMAT_HELP } from '../format/list.ts'
import type { Plugin } from '../plugins/plugin.ts'
import { describePlugins } from '../plugins/plugin-metadata.ts'
import { DOCKER_HUB_KEY, storedCredentials } from '../registry/credentials.ts'
import type { Session } from '../session.ts'
import { clientVersion } from './client-version.ts'

export const command = defineCommand({
  usage: '[OPTIONS]',
  flags: { format: text(INSPECT_FORMAT_HELP, { short: 'f' }) },
  operands: noOperands,
  async run({ flags, session }) {
    const plugins = await describePlugins(session)
    const client = {
      ...clientVersion(await currentContext(session)),
      Debug: session.globals.debug,
      Plugins: plugins.map(({ name, path, metadata, fault }) => ({
        ...metadata,
        Name: name,
        Path: path,
        ...(fault !== undefined && { Err: fault }),
      })),
      Warnings: null,
    }
    if (flags.format !== '') return formatted(session, flags.format, client)
    session.print(
      `Client:\n Version:    ${client.Version}\n Context:    ${client.Context}\n Debug Mode: ${client.Debug}\n${pluginText(plugins)}\nServer:`,
    )
    await session.flush()
    const info = JSON.parse(await readText(await daemonInfo(await session.client()))) as Info
    const { username } = await storedCredentials(session, DOCKER_HUB_KEY)
    session.print(serverLines(info, username ?? '').join('\n'))
    session.print('')
    for (const warning of info.Warnings ?? []) session.tell(warning)
    return 0
  },
})

function pluginText(plugins: Plugin[]): string {
  if (plugins.length === 0) return ''
  const lines = plugins.flatMap(({ name, path, metadata }) =>
    metadata
      ? [
          `  ${name}: ${metadata.ShortDescription ?? ''} (${metadata.Vendor})`,
          ...(metadata.Version ? [`    Version:  ${metadata.Version}`] : []),
          `    Path:     ${path}`,
        ]
      : [],
  )
  return ` Plugins:\n${lines.join('\n')}\n`
}

async function formatted(session: Session, format: string, client: object): Promise<number> {
  const template = readTemplate(format === 'json' ? '{{json .}}' : format)
  const info = await daemonInfo(await session.client())
    .then(readText)
    .then(raw => JSON.parse(raw) as object)
  try {
    session.print(template.run({ type: goShape('system.dockerInfo'), data: { ...info, ClientInfo: client } }))
  } catch (failure) {
    throw new CommandFailure(messageOf(failure), 1, failure)
  }
  return 0
}

type Pairs = [string, string][] | null
type Info = Record<string, unknown> & {
  DriverStatus?: Pairs
  Plugins?: Record<'Volume' | 'Network' | 'Authorization' | 'Log', string[] | null>
  Runtimes?: Record<string, unknown> | null
  SecurityOptions?: string[] | null
  Labels?: string[] | null
  Warnings?: string[] | null
  CDISpecDirs?: string[] | null
  DiscoveredDevices?: { Source: string; ID: string }[] | null
  Swarm?: { LocalNodeState?: string }
  RegistryConfig?: {
    InsecureRegistryCIDRs?: string[] | null
    IndexConfigs?: Record<string, { Name: string; Secure: boolean }> | null
    Mirrors?: string[] | null
  } | null
  DefaultAddressPools?: { Base: string; Size: number }[] | null
}

function serverLines(info: Info, username: string): string[] {
  const show = (label: string, key: string) => ` ${label}: ${info[key] ?? ''}`
  const ifAny = (label: string, key: string) => (info[key] ? [show(label, key)] : [])
  return [
    show('Containers', 'Containers'),
    ` ${show('Running', 'ContainersRunning')}`,
    ` ${show('Paused', 'ContainersPaused')}`,
    ` ${show('Stopped', 'ContainersStopped')}`,
    show('Images', 'Images'),
    ...ifAny('Server Version', 'ServerVersion'),
    ...ifAny('Storage Driver', 'Driver'),
    ...(info.DriverStatus ?? []).map(([key, value]) => `  ${key}: ${value}`),
    ...ifAny('Logging Driver', 'LoggingDriver'),
    ...ifAny('Cgroup Driver', 'CgroupDriver'),
    ...ifAny('Cgroup Version', 'CgroupVersion'),
    ...pluginLines(info),
    ` Swarm: ${info.Swarm?.LocalNodeState ?? ''}`,
    ...runtimeLines(info),
    ...ifAny('Kernel Version', 'KernelVersion'),
    ...ifAny('Operating System', 'OperatingSystem'),
    ...ifAny('OSType', 'OSType'),
    ...ifAny('Architecture', 'Architecture'),
    show('CPUs', 'NCPU'),
    ` Total Memory: ${formatBinaryBytes(Number(info['MemTotal'] ?? 0))}`,
    ...ifAny('Name', 'Name'),
    ...ifAny('ID', 'ID'),
    show('Docker Root Dir', 'DockerRootDir'),
    show('Debug Mode', 'Debug'),
    ...(info['Debug'] ? debugLines(info) : []),
    ...ifAny('HTTP Proxy', 'HttpProxy'),
    ...ifAny('HTTPS Proxy', 'HttpsProxy'),
    ...ifAny('No Proxy', 'NoProxy'),
    ...(username ? [` Username: ${username}`] : []),
    ...listLines('Labels', info.Labels),
    show('Experimental', 'ExperimentalBuild'),
    ...registryLines(info),
    show('Live Restore Enabled', 'LiveRestoreEnabled'),
    ...ifAny('Product License', 'ProductLicense'),
    ...addressPoolLines(info),
  ]
}

const listLines = (label: string, values: string[] | null | undefined): string[] =>
  values && values.length > 0 ? [` ${label}:`, ...values.map(value => `  ${value}`)] : []

function pluginLines({ Plugins, CDISpecDirs, DiscoveredDevices }: Info): string[] {
  const names = (kind: 'Volume' | 'Network' | 'Authorization' | 'Log') => (Plugins?.[kind] ?? []).join(' ')
  return [
    ' Plugins:',
    `  Volume: ${names('Volume')}`,
    `  Network: ${names('Network')}`,
    ...(names('Authorization') ? [`  Authorization: ${names('Authorization')}`] : []),
    `  Log: ${names('Log')}`,
    ...listLines('CDI spec directories', CDISpecDirs),
    ...listLines(
      'Discovered Devices',
      DiscoveredDevices?.map(({ Source, ID }) => `${Source}: ${ID}`),
    ),
  ]
}

function runtimeLines(info: Info): string[] {
  const names = Object.keys(info.Runtimes ?? {})
  const commit = (key: string) => (info[key] as { ID?: string } | undefined)?.ID ?? ''
  const runtimes =
    names.length > 0 ? [` Runtimes: ${names.join(' ')}`, ` Default Runtime: ${info['DefaultRuntime'] ?? ''}`] : []
  if (info['OSType'] !== 'linux') return runtimes
  return [
    ...runtimes,
    ` Init Binary: ${info['InitBinary'] ?? ''}`,
    ` containerd version: ${commit('ContainerdCommit')}`,
    ` runc version: ${commit('RuncCommit')}`,
    ` init version: ${commit('InitCommit')}`,
    ...securityLines(info.SecurityOptions ?? []),
  ]
}

/** `name=seccomp,profile=builtin` as two lines; options of older daemons have only their name. */
function securityLines(options: string[]): string[] {
  if (options.length === 0) return []
  const lines = options.flatMap(option => {
    const pairs = option.split(',').map(pair => pair.split('=', 2) as [string, string?])
    const name = pairs.find(([key]) => key === 'name')?.[1] ?? option
    const profiles = pairs.filter(([key]) => key === 'profile').map(([, value]) => `   Profile: ${value}`)
    return [`  ${name}`, ...profiles]
  })
  return [' Security Options:', ...lines]
}

const debugLines = (info: Info): string[] => [
  `  File Descriptors: ${info['NFd'] ?? 0}`,
  `  Goroutines: ${info['NGoroutines'] ?? 0}`,
  `  System Time: ${info['SystemTime'] ?? ''}`,
  `  EventsListeners: ${info['NEventsListener'] ?? 0}`,
]

function registryLines({ RegistryConfig }: Info): string[] {
  const insecure = Object.values(RegistryConfig?.IndexConfigs ?? {}).filter(({ Secure }) => !Secure)
  const ranges = RegistryConfig?.InsecureRegistryCIDRs ?? []
  const hasAny = ranges.length > 0 || Object.keys(RegistryConfig?.IndexConfigs ?? {}).length > 0
  return [
    ...(hasAny
      ? [' Insecure Registries:', ...insecure.map(({ Name }) => `  ${Name}`), ...ranges.map(range => `  ${range}`)]
      : []),
    ...listLines('Registry Mirrors', RegistryConfig?.Mirrors),
  ]
}

const addressPoolLines = ({ DefaultAddressPools }: Info): string[] =>
  DefaultAddressPools && DefaultAddressPools.length > 0
    ? [' Default Address Pools:', ...DefaultAddressPools.map(({ Base, Size }) => `   Base: ${Base}, Size: ${Size}`)]
    : []
