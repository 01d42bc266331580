import type { FlagValues } from '../../../formats/command-line/flag.ts'
import {
  aliasFor,
  bool,
  bytes,
  custom,
  duration,
  integer,
  list,
  map,
  text,
  unsigned16,
} from '../../../formats/command-line/flag-types.ts'
import type { ThrottleDevice, Ulimit, WeightDevice } from '../../../formats/engine-api/common.ts'
import type { Mount } from '../../../formats/engine-api/container.ts'
import {
  checkAddress,
  checkAttach,
  checkDeviceRule,
  checkEnvironment,
  checkExtraHost,
  checkLabel,
  checkLink,
  checkSearchDomain,
  checkSysctl,
} from './checks.ts'
import { parseMount } from './mount.ts'
import { type NetworkFlag, parseNetwork } from './network.ts'
import {
  type DeviceRequest,
  pairOf,
  parseCpus,
  parseDeviceBytes,
  parseDeviceOperations,
  parseDeviceWeight,
  parseGpus,
  parseSwap,
  parseUlimit,
} from './resources.ts'

/** A flag that adds one value of its own kind each time. */
const adding = <T>(label: string, read: (text: string) => T, usage: string, shownDefault?: string) =>
  custom<T[]>(label, (given, before) => [...before, read(given)], usage, { default: [], shownDefault })

const CGROUPNS = `Cgroup namespace to use (host|private)
'host':    Run the container in the Docker host's cgroup namespace
'private': Run the container in its own private cgroup namespace
'':        Use the cgroup namespace as configured by the
           default-cgroupns-mode option on the daemon (default)`

/** What `run` and `create` share. Values that cannot be checked here are the daemon's business. */
export const createFlags = {
  'add-host': list('Add a custom host-to-IP mapping (host:ip)', { check: checkExtraHost }),
  annotation: map('Add an annotation to the container (passed through to the OCI runtime)'),
  attach: list('Attach to STDIN, STDOUT or STDERR', {
    short: 'a',
    check: checkAttach,
    complete: ['stdin', 'stdout', 'stderr'],
  }),
  'blkio-weight': unsigned16('Block IO (relative weight), between 10 and 1000, or 0 to disable (default 0)'),
  'blkio-weight-device': adding<WeightDevice>(
    'list',
    parseDeviceWeight,
    'Block IO weight (relative device weight)',
    '[]',
  ),
  'cap-add': list('Add Linux capabilities', { complete: 'capabilities' }),
  'cap-drop': list('Drop Linux capabilities', { complete: 'capabilities' }),
  'cgroup-parent': text('Optional parent cgroup for the container'),
  cgroupns: text(CGROUPNS, { complete: ['host', 'private'] }),
  cidfile: text('Write the container ID to the file', { complete: 'files' }),
  'cpu-count': integer('CPU count (Windows only)', { hidden: true }),
  'cpu-percent': integer('CPU percent (Windows only)', { hidden: true }),
  'cpu-period': integer('Limit CPU CFS (Completely Fair Scheduler) period'),
  'cpu-quota': integer('Limit CPU CFS (Completely Fair Scheduler) quota'),
  'cpu-rt-period': integer('Limit CPU real-time period in microseconds'),
  'cpu-rt-runtime': integer('Limit CPU real-time runtime in microseconds'),
  'cpu-shares': integer('CPU shares (relative weight)', { short: 'c' }),
  cpus: custom<number>('decimal', parseCpus, 'Number of CPUs', { default: 0 }),
  'cpuset-cpus': text('CPUs in which to allow execution (0-3, 0,1)'),
  'cpuset-mems': text('MEMs in which to allow execution (0-3, 0,1)'),
  device: list('Add a host device to the container', { complete: 'files' }),
  'device-cgroup-rule': list('Add a rule to the cgroup allowed devices list', { check: checkDeviceRule }),
  'device-read-bps': adding<ThrottleDevice>(
    'list',
    parseDeviceBytes,
    'Limit read rate (bytes per second) from a device',
    '[]',
  ),
  'device-read-iops': adding<ThrottleDevice>(
    'list',
    parseDeviceOperations,
    'Limit read rate (IO per second) from a device',
    '[]',
  ),
  'device-write-bps': adding<ThrottleDevice>(
    'list',
    parseDeviceBytes,
    'Limit write rate (bytes per second) to a device',
    '[]',
  ),
  'device-write-iops': adding<ThrottleDevice>(
    'list',
    parseDeviceOperations,
    'Limit write rate (IO per second) to a device',
    '[]',
  ),
  'disable-content-trust': bool('Skip image verification', { default: true, hidden: true }),
  dns: list('Set custom DNS servers', { check: checkAddress }),
  'dns-opt': aliasFor('dns-option'),
  'dns-option': list('Set DNS options'),
  'dns-search': list('Set custom DNS search domains', { check: checkSearchDomain }),
  domainname: text('Container NIS domain name'),
  entrypoint: text('Overwrite the default ENTRYPOINT of the image'),
  env: list('Set environment variables', { short: 'e', check: checkEnvironment, complete: 'environment' }),
  'env-file': list('Read in a file of environment variables', { complete: 'files' }),
  expose: list('Expose a port or a range of ports'),
  gpus: adding<DeviceRequest>('gpu-request', parseGpus, "GPU devices to add to the container ('all' to pass all GPUs)"),
  'group-add': list('Add additional groups to join'),
  'health-cmd': text('Command to run to check health'),
  'health-http': text('Check health by an HTTP request to this port and path of the container (8080/ready)'),
  'health-interval': duration('Time between running the check (ms|s|m|h)'),
  'health-on-failure': text('What to do when the container becomes unhealthy ("none", "kill", "restart", "stop")', {
    complete: ['none', 'kill', 'restart', 'stop'],
  }),
  'health-retries': integer('Consecutive failures needed to report unhealthy'),
  'health-start-interval': duration('Time between running the check during the start period (ms|s|m|h)'),
  'health-start-period': duration(
    'Start period for the container to initialize before starting health-retries countdown (ms|s|m|h)',
  ),
  'health-tcp': text('Check health by a connection to this port of the container (5432)'),
  'health-timeout': duration('Maximum time to allow one check to run (ms|s|m|h)'),
  help: bool('Print usage'),
  hostname: text('Container host name', { short: 'h' }),
  init: bool('Run an init inside the container that forwards signals and reaps processes'),
  interactive: bool('Keep STDIN open even if not attached', { short: 'i' }),
  ip: text('IPv4 address (e.g., 172.30.100.104)'),
  ip6: text('IPv6 address (e.g., 2001:db8::33)'),
  ipc: text('IPC mode to use', { complete: ['none', 'host', 'private', 'shareable', 'container:'] }),
  isolation: text('Container isolation technology'),
  'kernel-memory': bytes('Kernel memory limit', { hidden: true }),
  label: list('Set meta data on a container', { short: 'l', check: checkLabel }),
  'label-file': list('Read in a line delimited file of labels', { complete: 'files' }),
  link: list('Add link to another container', { check: checkLink, complete: 'containers' }),
  'link-local-ip': list('Container IPv4/IPv6 link-local addresses'),
  'log-driver': text('Logging driver for the container', { complete: ['json-file', 'none'] }),
  'log-opt': list('Log driver options'),
  'mac-address': text('Container MAC address (e.g., 92:d0:c6:0a:29:33)'),
  memory: bytes('Memory limit', { short: 'm' }),
  'memory-reservation': bytes('Memory soft limit'),
  'memory-swap': custom<number>(
    'bytes',
    parseSwap,
    "Swap limit equal to memory plus swap: '-1' to enable unlimited swap",
    {
      default: 0,
    },
  ),
  'memory-swappiness': integer('Tune container memory swappiness (0 to 100)', { default: -1 }),
  mount: adding<Mount>('mount', parseMount, 'Attach a filesystem mount to the container'),
  name: text('Assign a name to the container'),
  net: aliasFor('network', { complete: 'networks' }),
  'net-alias': aliasFor('network-alias'),
  network: adding<NetworkFlag>('network', parseNetwork, 'Connect a container to a network'),
  'network-alias': list('Add network-scoped alias for the container'),
  'no-healthcheck': bool('Disable any container-specified HEALTHCHECK'),
  'oom-kill-disable': bool('Disable OOM Killer'),
  'oom-score-adj': integer("Tune host's OOM preferences (-1000 to 1000)"),
  pid: text('PID namespace to use', { complete: ['host', 'container:'] }),
  'pids-limit': integer('Tune container pids limit (set -1 for unlimited)'),
  platform: text('Set platform if server is multi-platform capable', { complete: 'platforms' }),
  privileged: bool('Give extended privileges to this container'),
  publish: list("Publish a container's port(s) to the host", { short: 'p' }),
  'publish-all': bool('Publish all exposed ports to random ports', { short: 'P' }),
  quiet: bool('Suppress the pull output', { short: 'q' }),
  'read-only': bool("Mount the container's root filesystem as read only"),
  restart: text('Restart policy to apply when a container exits', {
    default: 'no',
    complete: ['always', 'no', 'on-failure', 'unless-stopped'],
  }),
  rm: bool('Automatically remove the container and its associated anonymous volumes when it exits'),
  runtime: text('Runtime to use for this container', { complete: ['crun', 'runc'] }),
  'security-opt': list('Security Options', {
    complete: ['apparmor=', 'label=', 'no-new-privileges', 'seccomp=', 'systempaths=unconfined'],
  }),
  'shm-size': bytes('Size of /dev/shm'),
  'stop-signal': text('Signal to stop the container', { complete: 'signals' }),
  'stop-timeout': integer('Timeout (in seconds) to stop a container'),
  'storage-opt': list('Storage driver options for the container'),
  sysctl: custom<Record<string, string>>('map', addSysctl, 'Sysctl options', { default: {}, shownDefault: 'map[]' }),
  tmpfs: list('Mount a tmpfs directory'),
  tty: bool('Allocate a pseudo-TTY', { short: 't' }),
  ulimit: custom<Record<string, Ulimit>>('ulimit', addUlimit, 'Ulimit options', { default: {}, shownDefault: '[]' }),
  'use-api-socket': bool('Bind mount Docker API socket and required auth', { hidden: true }),
  user: text('Username or UID (format: <name|uid>[:<group|gid>])', { short: 'u' }),
  userns: text('User namespace to use', { complete: ['host'] }),
  uts: text('UTS namespace to use', { complete: ['host'] }),
  volume: list('Bind mount a volume', { short: 'v', complete: 'volumes' }),
  'volume-driver': text('Optional volume driver for the container', { complete: ['local'] }),
  'volumes-from': list('Mount volumes from the specified container(s)', { complete: 'containers' }),
  workdir: text('Working directory inside the container', { short: 'w' }),
}

function addSysctl(given: string, before: Record<string, string>): Record<string, string> {
  checkSysctl(given)
  return { ...before, ...Object.fromEntries([pairOf(given)]) }
}

/** The last value of a name counts. */
function addUlimit(given: string, before: Record<string, Ulimit>): Record<string, Ulimit> {
  const ulimit = parseUlimit(given)
  return { ...before, [ulimit.Name]: ulimit }
}

export type CreateFlags = FlagValues<typeof createFlags>
