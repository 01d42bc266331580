import type { EndpointSettings, MountPoint, ContainerState as WireState } from '../../formats/engine-api/container.ts'
import { type ContainerRecord, type ContainerState, isRunning } from './container.ts'

/** Parts of a container that `ps` and `inspect` show alike. */

/** Mounts of --tmpfs are shown in HostConfig alone, as Docker does. */
export function mountPoints({ mounts, hostConfig }: ContainerRecord): MountPoint[] {
  const asked = new Set((hostConfig.Mounts ?? []).map(({ Target }) => Target))
  return mounts.filter(({ type, destination }) => type !== 'tmpfs' || asked.has(destination)).map(mountPoint)
}

function mountPoint(mount: ContainerRecord['mounts'][number]): MountPoint {
  const isVolume = mount.type === 'volume'
  return {
    Type: mount.type,
    ...(isVolume && { Name: mount.name }),
    Source: mount.source,
    Destination: mount.destination,
    ...(isVolume && { Driver: mount.driver ?? 'local' }),
    Mode: mount.mode,
    RW: !mount.readOnly,
    Propagation: mount.propagation,
  }
}

/** By name: its place while it runs, what was asked for otherwise. */
export function networksOf({ attachment, networking, hostConfig }: ContainerRecord): Record<string, EndpointSettings> {
  if (attachment) return attachment.endpoints
  const mode = hostConfig.NetworkMode || 'default'
  if (mode.startsWith('container:')) return {}
  const asked = Object.entries(networking.EndpointsConfig ?? {})
  const names = asked.length > 0 ? asked : [[mode, null] as const]
  return Object.fromEntries(names.map(([name, endpoint]) => [properName(name), { ...NO_ENDPOINT, ...endpoint }]))
}

const properName = (network: string): string => (network === 'default' ? 'bridge' : network)

const NO_ENDPOINT: EndpointSettings = {
  IPAMConfig: null,
  Links: null,
  Aliases: null,
  MacAddress: '',
  DriverOpts: null,
  GwPriority: 0,
  NetworkID: '',
  EndpointID: '',
  Gateway: '',
  IPAddress: '',
  IPPrefixLen: 0,
  IPv6Gateway: '',
  GlobalIPv6Address: '',
  GlobalIPv6PrefixLen: 0,
  DNSNames: null,
}

/** One that waits for its next try counts as running, as Docker has it. */
export const shownState = (state: ContainerState): WireState => ({
  Status: state.status,
  Running: isRunning(state) || state.status === 'restarting',
  Paused: state.status === 'paused',
  Restarting: state.status === 'restarting',
  OOMKilled: state.oomKilled,
  Dead: state.status === 'dead',
  Pid: state.pid,
  ExitCode: state.exitCode,
  Error: state.error,
  StartedAt: state.startedAt,
  FinishedAt: state.finishedAt,
  ...(state.health && { Health: state.health }),
})
