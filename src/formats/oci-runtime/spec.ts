/** The OCI runtime configuration (`config.json`), as far as the engine writes it. Source: runtime-spec 1.1, config.md and config-linux.md. */
export type OciRuntimeSpec = {
  ociVersion: string
  process: OciProcess
  root: { path: string; readonly: boolean }
  hostname?: string
  domainname?: string
  mounts: OciMount[]
  annotations?: Record<string, string>
  linux: OciLinux
}

export type OciProcess = {
  terminal: boolean
  consoleSize?: { height: number; width: number }
  user: OciUser
  args: string[]
  env: string[]
  cwd: string
  capabilities: OciCapabilities
  rlimits?: OciRlimit[]
  noNewPrivileges: boolean
  oomScoreAdj?: number
  apparmorProfile?: string
}

export type OciUser = { uid: number; gid: number; additionalGids: number[]; umask?: number }
export type OciCapabilities = {
  bounding: string[]
  effective: string[]
  permitted: string[]
  inheritable?: string[]
  ambient?: string[]
}
export type OciRlimit = { type: string; soft: number | bigint; hard: number | bigint }
export type OciMount = { destination: string; type: string; source: string; options: string[] }
export type OciNamespaceType = 'pid' | 'network' | 'mount' | 'ipc' | 'uts' | 'user' | 'cgroup'
export type OciNamespace = { type: OciNamespaceType; path?: string }

export type OciLinux = {
  namespaces: OciNamespace[]
  devices: OciDevice[]
  cgroupsPath: string
  resources: OciResources
  sysctl: Record<string, string>
  seccomp?: OciSeccomp
  rootfsPropagation?: string
  maskedPaths: string[]
  readonlyPaths: string[]
}

export type OciDevice = {
  path: string
  type: 'c' | 'b' | 'p'
  major: number
  minor: number
  fileMode: number
  uid: number
  gid: number
}
export type OciDeviceRule = { allow: boolean; type?: string; major?: number; minor?: number; access: string }

/** Bytes, microseconds and counts. */
export type OciResources = {
  devices?: OciDeviceRule[]
  memory?: {
    limit?: number
    reservation?: number
    swap?: number
    swappiness?: number
    disableOOMKiller?: boolean
  }
  cpu?: {
    shares?: number
    quota?: number
    period?: number
    realtimeRuntime?: number
    realtimePeriod?: number
    cpus?: string
    mems?: string
  }
  pids?: { limit: number }
  blockIO?: {
    weight?: number
    weightDevice?: { major: number; minor: number; weight: number }[]
    throttleReadBpsDevice?: OciThrottle[]
    throttleWriteBpsDevice?: OciThrottle[]
    throttleReadIOPSDevice?: OciThrottle[]
    throttleWriteIOPSDevice?: OciThrottle[]
  }
}
export type OciThrottle = { major: number; minor: number; rate: number }

export type OciSeccomp = {
  defaultAction: string
  defaultErrnoRet?: number
  architectures?: string[]
  flags?: string[]
  syscalls: OciSyscallRule[]
}
export type OciSyscallRule = { names: string[]; action: string; errnoRet?: number; args?: OciSyscallArgument[] }
/** Values are 64 bits wide; above 2^53 only as bigint. */
export type OciSyscallArgument = { index: number; value: number | bigint; valueTwo?: number | bigint; op: string }
