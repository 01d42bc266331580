import type { ContainerConfig, HostConfig, NetworkingConfig } from '../../../formats/engine-api/container.ts'

/** A config with every field that Docker's inspect always shows. */
export function fullConfig(config: ContainerConfig): ContainerConfig {
  const { Healthcheck, ExposedPorts, Shell, MacAddress, StopSignal, StopTimeout, NetworkDisabled, ArgsEscaped } = config
  return {
    Hostname: config.Hostname ?? '',
    Domainname: config.Domainname ?? '',
    User: config.User ?? '',
    AttachStdin: config.AttachStdin ?? false,
    AttachStdout: config.AttachStdout ?? false,
    AttachStderr: config.AttachStderr ?? false,
    ...given({ ExposedPorts }),
    Tty: config.Tty ?? false,
    OpenStdin: config.OpenStdin ?? false,
    StdinOnce: config.StdinOnce ?? false,
    Env: config.Env ?? null,
    Cmd: config.Cmd ?? null,
    ...given({ Healthcheck, ArgsEscaped }),
    Image: config.Image ?? '',
    Volumes: config.Volumes ?? null,
    WorkingDir: config.WorkingDir ?? '',
    Entrypoint: config.Entrypoint ?? null,
    ...given({ NetworkDisabled, MacAddress }),
    OnBuild: config.OnBuild ?? null,
    Labels: config.Labels ?? {},
    ...given({ StopSignal, StopTimeout, Shell }),
  }
}

const ZEROS = {
  ContainerIDFile: '',
  AutoRemove: false,
  VolumeDriver: '',
  OomScoreAdj: 0,
  PidMode: '',
  Privileged: false,
  PublishAllPorts: false,
  ReadonlyRootfs: false,
  UTSMode: '',
  UsernsMode: '',
  ShmSize: 0,
  Isolation: '',
  Cgroup: '',
  CpuShares: 0,
  Memory: 0,
  NanoCpus: 0,
  CgroupParent: '',
  BlkioWeight: 0,
  CpuPeriod: 0,
  CpuQuota: 0,
  CpuRealtimePeriod: 0,
  CpuRealtimeRuntime: 0,
  CpusetCpus: '',
  CpusetMems: '',
  MemoryReservation: 0,
  MemorySwap: 0,
} satisfies HostConfig

const NULLS = {
  Binds: null,
  PortBindings: null,
  VolumesFrom: null,
  CapAdd: null,
  CapDrop: null,
  Dns: null,
  DnsOptions: null,
  DnsSearch: null,
  ExtraHosts: null,
  GroupAdd: null,
  Links: null,
  SecurityOpt: null,
  BlkioWeightDevice: null,
  BlkioDeviceReadBps: null,
  BlkioDeviceWriteBps: null,
  BlkioDeviceReadIOps: null,
  BlkioDeviceWriteIOps: null,
  Devices: null,
  DeviceCgroupRules: null,
  DeviceRequests: null,
  MemorySwappiness: null,
  PidsLimit: null,
  Ulimits: null,
} satisfies HostConfig

/** Shown only when there is something in them. */
const OPTIONAL = ['Tmpfs', 'Mounts', 'Sysctls', 'Annotations', 'StorageOpt', 'Init'] as const

/** A host config with every field that Docker's inspect always shows; fields that no version of the API has are left out. */
export function fullHostConfig(hostConfig: HostConfig): HostConfig {
  const { Name = '', MaximumRetryCount = 0 } = hostConfig.RestartPolicy ?? {}
  return {
    ...pick(ZEROS, hostConfig),
    ...pick(NULLS, hostConfig),
    ...given(Object.fromEntries(OPTIONAL.map(key => [key, hostConfig[key]]))),
    NetworkMode: hostConfig.NetworkMode,
    RestartPolicy: { Name: Name || 'no', MaximumRetryCount },
    ConsoleSize: hostConfig.ConsoleSize ?? [0, 0],
    OomKillDisable: hostConfig.OomKillDisable ?? false,
    LogConfig: hostConfig.LogConfig,
    CgroupnsMode: hostConfig.CgroupnsMode,
    IpcMode: hostConfig.IpcMode,
    Runtime: hostConfig.Runtime,
    MaskedPaths: hostConfig.MaskedPaths ?? null,
    ReadonlyPaths: hostConfig.ReadonlyPaths ?? null,
  }
}

export const fullNetworking = (networking: NetworkingConfig | null | undefined): NetworkingConfig => ({
  EndpointsConfig: networking?.EndpointsConfig ?? {},
})

/** The fields of `shape`, with the values of `source` where it has some. */
function pick(shape: HostConfig, source: HostConfig): HostConfig {
  const keys = Object.keys(shape) as (keyof HostConfig)[]
  return Object.fromEntries(keys.map(key => [key, source[key] ?? shape[key]]))
}

function given<T extends object>(fields: T): Partial<T> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null)
  return Object.fromEntries(entries) as Partial<T>
}
