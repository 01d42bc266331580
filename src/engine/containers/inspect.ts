import type { ContainerInspect, NetworkSettings } from '../../formats/engine-api/container.ts'
import type { ContainerRecord } from './container.ts'
import type { ContainerPaths } from './container-paths.ts'
import { shownLinks } from './links.ts'
import { mountPoints, networksOf, shownState } from './shown-parts.ts'

/** Everything about a container, in the newest version's shape. Reads memory alone. `lower`: its layers, topmost first. */
export function inspectContainer(
  record: ContainerRecord,
  paths: ContainerPaths,
  lower: string[],
  execIds: Iterable<string>,
  nameOf: (id: string) => string | undefined,
): ContainerInspect {
  const isLogged = (record.hostConfig.LogConfig?.Type ?? 'json-file') === 'json-file'
  return {
    Id: record.id,
    Created: record.created,
    Path: record.path,
    Args: record.args,
    State: shownState(record.state),
    Image: record.imageId,
    ResolvConfPath: paths.resolvConf,
    HostnamePath: paths.hostname,
    HostsPath: paths.hosts,
    LogPath: isLogged ? paths.log : '',
    Name: `/${record.name}`,
    RestartCount: record.restartCount,
    Driver: 'overlay2',
    Platform: record.platform,
    ...(record.imageManifest && { ImageManifestDescriptor: record.imageManifest }),
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: '',
    ExecIDs: nullIfEmpty([...execIds]),
    HostConfig: { ...record.hostConfig, Links: shownLinks(record, nameOf) },
    GraphDriver: {
      Name: 'overlay2',
      Data: {
        LowerDir: lower.join(':'),
        MergedDir: paths.rootfs,
        UpperDir: paths.upper,
        WorkDir: paths.work,
      },
    },
    Mounts: mountPoints(record),
    Config: record.config,
    NetworkSettings: networkSettings(record),
  }
}

const nullIfEmpty = <T>(list: T[]): T[] | null => (list.length > 0 ? list : null)

function networkSettings(record: ContainerRecord): NetworkSettings {
  const { attachment } = record
  return {
    SandboxID: attachment?.sandboxId ?? '',
    SandboxKey: attachment?.sandboxKey ?? '',
    Ports: attachment?.ports ?? {},
    Networks: networksOf(record),
  }
}

/** What clients below API 1.52 also find in NetworkSettings: the default bridge's endpoint, once more. */
export function withLegacyNetwork(shown: ContainerInspect): ContainerInspect {
  const settings = shown.NetworkSettings
  const bridge = settings.Networks['bridge'] ?? {}
  const NetworkSettings: NetworkSettings = {
    Bridge: '',
    SandboxID: settings.SandboxID,
    SandboxKey: settings.SandboxKey,
    Ports: settings.Ports,
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID: bridge.EndpointID ?? '',
    Gateway: bridge.Gateway ?? '',
    GlobalIPv6Address: bridge.GlobalIPv6Address ?? '',
    GlobalIPv6PrefixLen: bridge.GlobalIPv6PrefixLen ?? 0,
    IPAddress: bridge.IPAddress ?? '',
    IPPrefixLen: bridge.IPPrefixLen ?? 0,
    IPv6Gateway: bridge.IPv6Gateway ?? '',
    MacAddress: bridge.MacAddress ?? '',
    Networks: settings.Networks,
  }
  return { ...shown, NetworkSettings }
}
