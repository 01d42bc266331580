/** Wire shapes that several nouns of the Engine API share. Source: swagger.yaml 1.55. */
export type Labels = Record<string, string>
export type PortBinding = { HostIp?: string; HostPort?: string }
/** Keys are `80/tcp`. */
export type PortMap = Record<string, PortBinding[] | null>
export type PortSet = Record<string, Record<string, never>>
export type RestartPolicy = {
  Name?: '' | 'no' | 'always' | 'unless-stopped' | 'on-failure'
  MaximumRetryCount?: number
}
/** Durations in nanoseconds. */
export type HealthConfig = {
  Test?: string[]
  Interval?: number
  Timeout?: number
  Retries?: number
  StartPeriod?: number
  StartInterval?: number
  /** Beyond Docker: what is done to a container that has become unhealthy; `none` by default. */
  OnFailure?: '' | 'none' | 'kill' | 'restart' | 'stop'
}
/** `Start` and `End` in RFC 3339. */
export type HealthcheckResult = { Start: string; End: string; ExitCode: number; Output: string }
export type Health = {
  Status: 'starting' | 'healthy' | 'unhealthy'
  FailingStreak: number
  /** The last five, oldest first. */
  Log: HealthcheckResult[]
}
export type Ulimit = { Name: string; Soft: number; Hard: number }
export type DeviceMapping = { PathOnHost: string; PathInContainer?: string; CgroupPermissions?: string }
export type ThrottleDevice = { Path: string; Rate: number }
export type WeightDevice = { Path: string; Weight: number }
export type LogConfig = { Type?: string; Config?: Record<string, string> }
export type OciDescriptor = {
  mediaType: string
  digest: string
  size: number
  urls?: string[]
  annotations?: Labels
  platform?: OciPlatform
  artifactType?: string
}
export type OciPlatform = {
  architecture: string
  os: string
  'os.version'?: string
  'os.features'?: string[]
  variant?: string
}

/** One line of a progress stream (pull, push, load, import, build). Errors after the first flush come in-band. */
export type ProgressLine = {
  stream?: string
  status?: string
  id?: string
  progress?: string
  progressDetail?: { current?: number; total?: number; start?: number; units?: string; hidecounts?: boolean }
  error?: string
  errorDetail?: { code?: number; message: string }
  aux?: unknown
}

export type EventMessage = {
  Type: EventType
  Action: string
  Actor: { ID: string; Attributes: Labels }
  scope: 'local' | 'swarm'
  /** Seconds. */
  time: number
  /** Nanoseconds; a JSON number as Docker sends it, beyond 2^53: written by hand from a bigint. */
  timeNano: number
  /** Only below API 1.52. */
  status?: string
  id?: string
  from?: string
}
export type EventType =
  | 'builder'
  | 'config'
  | 'container'
  | 'daemon'
  | 'image'
  | 'network'
  | 'node'
  | 'plugin'
  | 'secret'
  | 'service'
  | 'volume'
