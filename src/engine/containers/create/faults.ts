import { defineFaults } from '../../../base/faults.ts'

const says = { kind: 'invalid', message: (text: string) => text } as const

/** Docker's texts for bodies that cannot be a container: 400, nothing created. Several of them Docker answers only at start, or with 500. */
export const createFaults = defineFaults('CREATE', {
  NO_COMMAND: { kind: 'invalid', message: () => 'no command specified' },
  WORKING_DIR: {
    kind: 'invalid',
    message: (path: string) => `the working directory '${path}' is invalid, it needs to be an absolute path`,
  },
  SIGNAL: { kind: 'invalid', message: (signal: string) => `invalid signal: ${signal}` },
  ENV: { kind: 'invalid', message: (entry: string) => `invalid environment variable: ${entry}` },
  NUL: { kind: 'invalid', message: (field: string) => `invalid ${field}: contains nul byte (\\x00)` },
  HOSTNAME_LONG: {
    kind: 'invalid',
    message: (name: string) => `hostname ${JSON.stringify(name)} is too long (maximum 64 bytes)`,
  },
  HOSTNAME: {
    kind: 'invalid',
    message: (field: string, name: string) => `invalid ${field} format: ${JSON.stringify(name)}`,
  },
  UTS_CONFLICT: { kind: 'invalid', message: () => 'conflicting options: hostname and the UTS mode' },
  HEALTH_SHORT: { kind: 'invalid', message: (field: string) => `${field} in Healthcheck cannot be less than 1ms` },
  HEALTH_ACTION: {
    kind: 'invalid',
    message: (value: string) =>
      `OnFailure in Healthcheck must be none, kill, restart or stop, not ${JSON.stringify(value)}`,
  },
  HEALTH_TEST: { kind: 'invalid', message: (why: string) => `Test in Healthcheck: ${why}` },
  HEALTH_RETRIES: { kind: 'invalid', message: () => 'Retries in Healthcheck cannot be negative' },
  PORT: { kind: 'invalid', message: (port: string) => `invalid port specification: ${JSON.stringify(port)}` },

  MEMORY_LOW: { kind: 'invalid', message: () => 'Minimum memory limit allowed is 6MB' },
  SWAP_LOW: {
    kind: 'invalid',
    message: () => 'Minimum memoryswap limit should be larger than memory limit, see usage',
  },
  SWAP_ALONE: {
    kind: 'invalid',
    message: () => 'You should always set the Memory limit when using Memoryswap limit, see usage',
  },
  SWAPPINESS: {
    kind: 'invalid',
    message: (value: number) => `Invalid value: ${value}, valid memory swappiness range is 0-100`,
  },
  RESERVATION_LOW: { kind: 'invalid', message: () => 'Minimum memory reservation allowed is 6MB' },
  RESERVATION_HIGH: {
    kind: 'invalid',
    message: () => 'Minimum memory limit can not be less than memory reservation limit, see usage',
  },
  CPUS_CONFLICT: {
    kind: 'invalid',
    message: (other: string) => `Conflicting options: Nano CPUs and ${other} cannot both be set`,
  },
  CPUS_RANGE: {
    kind: 'invalid',
    message: (cpus: number) => `Range of CPUs is from 0.01 to ${cpus}.00, as there are only ${cpus} CPUs available`,
  },
  CPUS_UNSUPPORTED: {
    kind: 'invalid',
    message: () =>
      'NanoCPUs can not be set, as your kernel does not support CPU CFS scheduler or the cgroup is not mounted',
  },
  CPU_PERIOD: {
    kind: 'invalid',
    message: () => 'CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)',
  },
  CPU_QUOTA: { kind: 'invalid', message: () => 'CPU cfs quota can not be less than 1ms (i.e. 1000)' },
  CPU_SHARES: {
    kind: 'invalid',
    message: (shares: number) => `invalid CPU shares (${shares}): value must be a positive integer`,
  },
  CPU_REALTIME: {
    kind: 'invalid',
    message: () => 'cpu real-time runtime cannot be higher than cpu real-time period',
  },
  CPUSET_FORMAT: {
    kind: 'invalid',
    message: (value: string, what: string) => `Invalid value ${value} for cpuset ${what}: invalid format: ${value}`,
  },
  CPUSET_RANGE: {
    kind: 'invalid',
    message: (value: string, what: string) =>
      `Invalid value ${value} for cpuset ${what}: value of out range, maximum is 8192`,
  },
  CPUS_MISSING: {
    kind: 'invalid',
    message: (value: string, available: string) =>
      `Requested CPUs are not available - requested ${value}, available: ${available}`,
  },
  NODES_MISSING: {
    kind: 'invalid',
    message: (value: string, available: string) =>
      `Requested memory nodes are not available - requested ${value}, available: ${available}`,
  },
  BLKIO_WEIGHT: { kind: 'invalid', message: () => 'Range of blkio weight is from 10 to 1000' },
  BLKIO_PATH: { kind: 'invalid', message: (path: string) => `stat ${path}: no such file or directory` },
  BLKIO_NO_DEVICE: { kind: 'invalid', message: (path: string) => `${path} is not a block device` },
  IO_BANDWIDTH: {
    kind: 'invalid',
    message: () => 'Invalid QoS settings: linux does not support configuration of maximum bandwidth',
  },
  SHM_SIZE: { kind: 'invalid', message: () => 'SHM size can not be less than 0' },
  OOM_SCORE: {
    kind: 'invalid',
    message: (score: number) => `Invalid value ${score}, range for oom score adj is [-1000, 1000]`,
  },

  RESTART_UNKNOWN: {
    kind: 'invalid',
    message: (name: string) =>
      `invalid restart policy: unknown policy '${name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`,
  },
  RESTART_COUNT: {
    kind: 'invalid',
    message: (isNegative: boolean) =>
      `invalid restart policy: maximum retry count can only be used with 'on-failure'${isNegative ? ' and cannot be negative' : ''}`,
  },
  RESTART_NEGATIVE: {
    kind: 'invalid',
    message: () => 'invalid restart policy: maximum retry count cannot be negative',
  },
  RESTART_AUTO_REMOVE: { kind: 'invalid', message: () => "can't create 'AutoRemove' container with restart policy" },

  CAPABILITY: {
    kind: 'invalid',
    message: (field: string, name: string) => `invalid ${field}: unknown capability: ${JSON.stringify(name)}`,
  },
  CAPABILITY_MISSING: {
    kind: 'invalid',
    message: (field: string, name: string) =>
      `invalid ${field}: capability not supported by your kernel or not available in the current environment: ${JSON.stringify(name)}`,
  },
  MODE: { kind: 'invalid', message: (what: string, mode: string) => `invalid ${what} mode: ${mode}` },
  NO_SUCH_CONTAINER: { kind: 'invalid', message: (name: string) => `No such container: ${name}` },
  JOIN_IPC: {
    kind: 'invalid',
    message: (id: string) =>
      `failed to join IPC namespace: container ${id}: non-shareable IPC (hint: use IpcMode:shareable for the donor container)`,
  },
  RUNTIME: { kind: 'invalid', message: (name: string) => `unknown or invalid runtime name: ${name}` },
  ISOLATION: {
    kind: 'invalid',
    message: (value: string) => `Invalid isolation: ${JSON.stringify(value)} - linux only supports 'default'`,
  },
  ANNOTATION_EMPTY: {
    kind: 'invalid',
    message: () => 'invalid Annotations: the empty string is not permitted as an annotation key',
  },
  ANNOTATION_STEERS: {
    kind: 'invalid',
    message: (key: string) => `invalid Annotations: ${JSON.stringify(key)} would steer the OCI runtime`,
  },
  SECURITY_OPT: {
    kind: 'invalid',
    message: (how: 1 | 2, option: string) => `invalid --security-opt ${how}: ${JSON.stringify(option)}`,
  },
  SECCOMP: says,
  SYSCTL_NOT_NAMESPACED: {
    kind: 'invalid',
    message: (name: string) => `sysctl ${JSON.stringify(name)} is not in a separate kernel namespace`,
  },
  SYSCTL_HOST: {
    kind: 'invalid',
    message: (name: string, where: string) => `sysctl ${JSON.stringify(name)} not allowed in host ${where} namespace`,
  },
  SYSCTL_HOSTNAME: {
    kind: 'invalid',
    message: (name: string) =>
      `sysctl ${JSON.stringify(name)} is not allowed as it conflicts with the OCI "hostname" field`,
  },
  SYSCTL_VALUE: { kind: 'invalid', message: (name: string) => `invalid value of sysctl ${JSON.stringify(name)}` },
  ULIMIT_NAME: { kind: 'invalid', message: (name: string) => `invalid ulimit type: ${name}` },
  ULIMIT_RANGE: {
    kind: 'invalid',
    message: (soft: number, hard: number) =>
      `ulimit soft limit must be less than or equal to hard limit: ${soft} > ${hard}`,
  },
  ULIMIT_VALUE: { kind: 'invalid', message: (name: string) => `invalid value of ulimit ${name}` },
  DEVICE_MODE: { kind: 'invalid', message: (mode: string) => `invalid device mode: ${mode}` },
  DEVICE_PATH: { kind: 'invalid', message: (path: string) => `bad format for path: ${path}` },
  DEVICE_MISSING: {
    kind: 'invalid',
    message: (path: string, why: string) =>
      `error gathering device information while adding custom device ${JSON.stringify(path)}: ${why}`,
  },
  DEVICE_RULE: { kind: 'invalid', message: (rule: string) => `invalid device cgroup rule format: '${rule}'` },
  DEVICE_REQUEST: {
    kind: 'invalid',
    message: (driver: string, capabilities: string) =>
      `could not select device driver ${JSON.stringify(driver)} with capabilities: ${capabilities}`,
  },
  CGROUP_PARENT: { kind: 'invalid', message: (path: string) => `invalid cgroup parent: ${path}` },
  PROTECTED_PATH: {
    kind: 'invalid',
    message: (field: string, path: string) => `invalid ${field}: ${path}: must be absolute`,
  },
  LINKS_HOST: {
    kind: 'invalid',
    message: () =>
      "conflicting options: host type networking can't be used with links. This would result in undefined behavior",
  },
  LINK_TARGET: {
    kind: 'invalid',
    message: (name: string) => `could not get container for ${name}: No such container: ${name}`,
  },
  LINK_FORMAT: { kind: 'invalid', message: (text: string) => `bad format for links: ${text}` },
  STORAGE_OPT: {
    kind: 'invalid',
    message: () => "--storage-opt is supported only for overlay over xfs with 'pquota' mount option",
  },
  STORAGE_OPT_UNKNOWN: { kind: 'invalid', message: (key: string) => `Unknown option ${key}` },
  MOUNT: says,
  MOUNT_CONFIG: {
    kind: 'invalid',
    message: (type: string, why: string) => `invalid mount config for type ${JSON.stringify(type)}: ${why}`,
  },
  MOUNT_OPTIONS: {
    kind: 'invalid',
    message: (options: string, type: string) =>
      `${options} must not be specified on mount type ${JSON.stringify(type)}`,
  },
  MOUNT_DUPLICATE: { kind: 'invalid', message: (target: string) => `Duplicate mount point: ${target}` },
  VOLUME_SOURCE: {
    kind: 'invalid',
    message: (volume: string, driver: string, path: string) =>
      `error while mounting volume '${volume}': driver ${driver} says that it is at ${path}, which does not exist`,
  },
  MOUNT_SILENT: {
    kind: 'unavailable',
    message: (path: string, seconds: number) => `mount source path ${path} has not answered within ${seconds} seconds`,
  },
  MOUNT_SOURCE: {
    kind: 'invalid',
    message: (path: string, why: string) => `error while creating mount source path '${path}': ${why}`,
  },
})
