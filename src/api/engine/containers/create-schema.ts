import { type Static, Type } from 'typebox'

/** The bodies of create, update and exec as the wire has them: null means absent, unknown fields are ignored. Source: swagger.yaml 1.55. */
const text = Type.Optional(Type.String())
const flag = Type.Optional(Type.Boolean())
/** Go's int64; beyond 2^53 a JSON number has already lost its last digits. */
const whole = Type.Optional(Type.Integer({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }))
const natural = Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }))
const texts = Type.Optional(Type.Array(Type.String()))
const textMap = Type.Optional(Type.Record(Type.String(), Type.String()))
/** A set in Go: a map whose values say nothing. */
const set = Type.Optional(Type.Record(Type.String(), Type.Union([Type.Object({}), Type.Null()])))
/** Old clients send a command as one text: Go's strslice makes a list of it. */
const command = Type.Optional(Type.Union([Type.Array(Type.String()), Type.String()]))
const consoleSize = Type.Optional(Type.Array(Type.Integer({ minimum: 0, maximum: 65_535 })))

const listOf = <F extends Parameters<typeof Type.Object>[0]>(fields: F) =>
  Type.Optional(Type.Array(Type.Object(fields)))

const Healthcheck = Type.Optional(
  Type.Object({
    Test: texts,
    Interval: whole,
    Timeout: whole,
    StartPeriod: whole,
    StartInterval: whole,
    Retries: whole,
    OnFailure: text,
  }),
)

const CONFIG = {
  Hostname: text,
  Domainname: text,
  User: text,
  AttachStdin: flag,
  AttachStdout: flag,
  AttachStderr: flag,
  ExposedPorts: set,
  Tty: flag,
  OpenStdin: flag,
  StdinOnce: flag,
  Env: texts,
  Cmd: command,
  Healthcheck,
  ArgsEscaped: flag,
  Image: text,
  Volumes: set,
  WorkingDir: text,
  Entrypoint: command,
  NetworkDisabled: flag,
  MacAddress: text,
  OnBuild: texts,
  Labels: textMap,
  StopSignal: text,
  StopTimeout: whole,
  Shell: texts,
}

const throttles = listOf({ Path: Type.String(), Rate: Type.Integer({ minimum: 0 }) })

const RESOURCES = {
  CpuShares: whole,
  Memory: whole,
  NanoCpus: whole,
  CgroupParent: text,
  BlkioWeight: natural,
  BlkioWeightDevice: listOf({ Path: Type.String(), Weight: Type.Integer({ minimum: 0, maximum: 65_535 }) }),
  BlkioDeviceReadBps: throttles,
  BlkioDeviceWriteBps: throttles,
  BlkioDeviceReadIOps: throttles,
  BlkioDeviceWriteIOps: throttles,
  CpuPeriod: whole,
  CpuQuota: whole,
  CpuRealtimePeriod: whole,
  CpuRealtimeRuntime: whole,
  CpusetCpus: text,
  CpusetMems: text,
  Devices: listOf({ PathOnHost: text, PathInContainer: text, CgroupPermissions: text }),
  DeviceCgroupRules: texts,
  DeviceRequests: listOf({
    Driver: text,
    Count: whole,
    DeviceIDs: texts,
    Capabilities: Type.Optional(Type.Array(Type.Array(Type.String()))),
    Options: textMap,
  }),
  MemoryReservation: whole,
  MemorySwap: whole,
  MemorySwappiness: whole,
  OomKillDisable: flag,
  Init: flag,
  PidsLimit: whole,
  Ulimits: listOf({ Name: Type.String(), Soft: Type.Integer(), Hard: Type.Integer() }),
  IOMaximumBandwidth: natural,
  IOMaximumIOps: natural,
}

const RestartPolicy = Type.Optional(Type.Object({ Name: text, MaximumRetryCount: whole }))

const Mount = Type.Object({
  Type: text,
  Source: text,
  Target: text,
  ReadOnly: flag,
  Consistency: text,
  BindOptions: Type.Optional(
    Type.Object({
      Propagation: text,
      NonRecursive: flag,
      CreateMountpoint: flag,
      ReadOnlyNonRecursive: flag,
      ReadOnlyForceRecursive: flag,
    }),
  ),
  VolumeOptions: Type.Optional(
    Type.Object({
      NoCopy: flag,
      Labels: textMap,
      DriverConfig: Type.Optional(Type.Object({ Name: text, Options: textMap })),
      Subpath: text,
    }),
  ),
  ImageOptions: Type.Optional(Type.Object({ Subpath: text })),
  TmpfsOptions: Type.Optional(
    Type.Object({
      SizeBytes: whole,
      Mode: natural,
      Options: Type.Optional(Type.Array(Type.Array(Type.String()))),
    }),
  ),
})

const PortMap = Type.Record(
  Type.String(),
  Type.Union([Type.Array(Type.Object({ HostIp: text, HostPort: text })), Type.Null()]),
)

const HostConfig = Type.Object({
  ...RESOURCES,
  Binds: texts,
  ContainerIDFile: text,
  LogConfig: Type.Optional(Type.Object({ Type: text, Config: textMap })),
  NetworkMode: text,
  PortBindings: Type.Optional(PortMap),
  RestartPolicy,
  AutoRemove: flag,
  VolumeDriver: text,
  VolumesFrom: texts,
  Mounts: Type.Optional(Type.Array(Mount)),
  ConsoleSize: consoleSize,
  Annotations: textMap,
  CapAdd: command,
  CapDrop: command,
  CgroupnsMode: text,
  Dns: texts,
  DnsOptions: texts,
  DnsSearch: texts,
  ExtraHosts: texts,
  GroupAdd: texts,
  IpcMode: text,
  Cgroup: text,
  Links: texts,
  OomScoreAdj: whole,
  PidMode: text,
  Privileged: flag,
  PublishAllPorts: flag,
  ReadonlyRootfs: flag,
  SecurityOpt: texts,
  StorageOpt: textMap,
  Tmpfs: textMap,
  UTSMode: text,
  UsernsMode: text,
  ShmSize: whole,
  Sysctls: textMap,
  Runtime: text,
  Isolation: text,
  MaskedPaths: texts,
  ReadonlyPaths: texts,
})

/** What a container asks of a network. */
export const Endpoint = Type.Object({
  IPAMConfig: Type.Optional(Type.Object({ IPv4Address: text, IPv6Address: text, LinkLocalIPs: texts })),
  Links: texts,
  Aliases: texts,
  MacAddress: text,
  DriverOpts: textMap,
  GwPriority: whole,
  NetworkID: text,
  EndpointID: text,
  Gateway: text,
  IPAddress: text,
  IPPrefixLen: whole,
  IPv6Gateway: text,
  GlobalIPv6Address: text,
  GlobalIPv6PrefixLen: whole,
  DNSNames: texts,
})

const NetworkingConfig = Type.Object({
  EndpointsConfig: Type.Optional(Type.Record(Type.String(), Type.Union([Endpoint, Type.Null()]))),
})

/** POST /containers/create. */
export const CreateBody = Type.Object({
  ...CONFIG,
  HostConfig: Type.Optional(HostConfig),
  NetworkingConfig: Type.Optional(NetworkingConfig),
})
export type CreateBodyValue = Static<typeof CreateBody>

/** POST /commit: what the config of the image is to be, in place of the container's. */
export const CommitBody = Type.Union([Type.Object(CONFIG), Type.Null()])

/** POST /containers/{id}/update. */
export const UpdateBody = Type.Object({
  ...RESOURCES,
  RestartPolicy,
  // Ours: what changes of the published ports and labels.
  PortBindingsAdd: Type.Optional(PortMap),
  PortBindingsRemove: Type.Optional(PortMap),
  LabelsAdd: textMap,
  LabelsRemove: texts,
})

/** POST /containers/{id}/exec. */
export const ExecCreateBody = Type.Object({
  AttachStdin: flag,
  AttachStdout: flag,
  AttachStderr: flag,
  ConsoleSize: consoleSize,
  DetachKeys: text,
  Tty: flag,
  Env: texts,
  Cmd: command,
  Privileged: flag,
  User: text,
  WorkingDir: text,
})

/** POST /exec/{id}/start. */
export const ExecStartBody = Type.Object({ Detach: flag, Tty: flag, ConsoleSize: consoleSize })
