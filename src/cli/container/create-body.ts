import { readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { parseGoInteger } from '../../formats/command-line/numbers.ts'
import type { DeviceMapping, PortMap, PortSet, RestartPolicy } from '../../formats/engine-api/common.ts'
import type { ContainerCreate, HostConfig } from '../../formats/engine-api/container.ts'
import { parseEnvFile } from '../../formats/env-file/env-file.ts'
import { parseVolumeFlag } from '../../formats/mount-spec/volume-flag.ts'
import { parseExposed, parsePublished } from '../../formats/ports/ports.ts'
import { messageOf } from '../failures.ts'
import type { CreateFlags, createFlags } from './flags/create-flags.ts'
import { checkedMac, endpointsConfig } from './flags/network.ts'
import { pairOf } from './flags/resources.ts'
import { healthcheckOf } from './healthcheck.ts'

type Given = (name: keyof typeof createFlags & string) => boolean

/**
 * The body of POST /containers/create for the flags of `run` and `create`. Reads env files, label files and seccomp
 * profiles; throws with docker's words where flags are wrong or contradict each other.
 */
export function createBody(flags: CreateFlags, given: Given, image: string, command: string[]): ContainerCreate {
  const { volumes, binds } = splitVolumes(flags.volume)
  const ports = publishedPorts(flags)
  const attachesAll = flags.attach.length === 0
  const attaches = (stream: string) => flags.attach.includes(stream)
  if (flags['mac-address']) checkedMac(flags['mac-address'])
  checkSwappiness(flags['memory-swappiness'])
  const attachesStdin = flags.interactive || attaches('stdin')
  return {
    Hostname: flags.hostname,
    Domainname: flags.domainname,
    User: flags.user,
    AttachStdin: attachesStdin,
    AttachStdout: attachesAll || attaches('stdout'),
    AttachStderr: attachesAll || attaches('stderr'),
    ExposedPorts: ports.exposed,
    Tty: flags.tty,
    OpenStdin: flags.interactive,
    StdinOnce: flags.interactive && attachesStdin,
    Env: [...flags['env-file'].flatMap(file => readPairs(file, name => process.env[name])), ...flags.env],
    Cmd: command.length > 0 ? command : null,
    Healthcheck: healthcheckOf(flags),
    Image: image,
    Volumes: volumes,
    WorkingDir: flags.workdir,
    Entrypoint: flags.entrypoint !== '' ? [flags.entrypoint] : given('entrypoint') ? [''] : null,
    Labels: labels(flags),
    StopSignal: flags['stop-signal'] || undefined,
    StopTimeout: given('stop-timeout') ? flags['stop-timeout'] : undefined,
    HostConfig: hostConfig(flags, given, binds, ports.bindings),
    NetworkingConfig: { EndpointsConfig: endpointsConfig(flags.network, oldNetworkFlags(flags)) },
  }
}

function hostConfig(flags: CreateFlags, given: Given, binds: string[] | null, bindings: PortMap): HostConfig {
  const restart = restartPolicy(flags.restart)
  if (flags.rm && restart.Name !== 'no' && restart.Name) {
    throw new Error('conflicting options: cannot specify both --restart and --rm')
  }
  const security = securityOptions(flags['security-opt'])
  return {
    ...resources(flags),
    ...namespaces(flags),
    Binds: binds,
    ContainerIDFile: flags.cidfile,
    LogConfig: { Type: flags['log-driver'], Config: logOptions(flags) },
    NetworkMode: flags.network[0]?.target ?? 'default',
    PortBindings: bindings,
    RestartPolicy: restart,
    AutoRemove: flags.rm,
    VolumeDriver: flags['volume-driver'],
    VolumesFrom: orNull(flags['volumes-from']),
    CapAdd: capabilities(flags['cap-add']),
    CapDrop: capabilities(flags['cap-drop']),
    Dns: flags.dns,
    DnsOptions: flags['dns-option'],
    DnsSearch: flags['dns-search'],
    ExtraHosts: orNull(flags['add-host']),
    GroupAdd: orNull(flags['group-add']),
    Links: orNull(flags.link),
    OomScoreAdj: flags['oom-score-adj'],
    Privileged: flags.privileged,
    PublishAllPorts: flags['publish-all'],
    ReadonlyRootfs: flags['read-only'],
    SecurityOpt: security.options,
    ...(security.isUnconfined ? { MaskedPaths: [], ReadonlyPaths: [] } : {}),
    StorageOpt: storageOptions(flags['storage-opt']),
    Tmpfs: tmpfs(flags.tmpfs),
    ShmSize: flags['shm-size'],
    Sysctls: flags.sysctl,
    Runtime: flags.runtime || undefined,
    Isolation: flags.isolation,
    Mounts: flags.mount.length > 0 ? flags.mount : undefined,
    Annotations: Object.keys(flags.annotation).length > 0 ? flags.annotation : undefined,
    Init: given('init') ? flags.init : undefined,
  }
}

function resources(flags: CreateFlags): HostConfig {
  return {
    CgroupParent: flags['cgroup-parent'],
    CpuShares: flags['cpu-shares'],
    Memory: flags.memory,
    NanoCpus: flags.cpus,
    BlkioWeight: flags['blkio-weight'],
    BlkioWeightDevice: flags['blkio-weight-device'],
    BlkioDeviceReadBps: flags['device-read-bps'],
    BlkioDeviceWriteBps: flags['device-write-bps'],
    BlkioDeviceReadIOps: flags['device-read-iops'],
    BlkioDeviceWriteIOps: flags['device-write-iops'],
    CpuPeriod: flags['cpu-period'],
    CpuQuota: flags['cpu-quota'],
    CpuRealtimePeriod: flags['cpu-rt-period'],
    CpuRealtimeRuntime: flags['cpu-rt-runtime'],
    CpusetCpus: flags['cpuset-cpus'],
    CpusetMems: flags['cpuset-mems'],
    DeviceCgroupRules: orNull(flags['device-cgroup-rule']),
    ...devices(flags),
    MemoryReservation: flags['memory-reservation'],
    MemorySwap: flags['memory-swap'],
    MemorySwappiness: flags['memory-swappiness'],
    OomKillDisable: flags['oom-kill-disable'],
    PidsLimit: flags['pids-limit'],
    Ulimits: Object.values(flags.ulimit).toSorted((left, right) => (left.Name < right.Name ? -1 : 1)),
  }
}

const orNull = (values: string[]): string[] | null => (values.length > 0 ? values : null)

function namespaces(flags: CreateFlags): HostConfig {
  const oneOf = (value: string, flag: string, kind: string, allowed: (value: string) => boolean) => {
    if (value !== '' && !allowed(value)) throw new Error(`--${flag}: invalid ${kind} mode`)
    return value
  }
  return {
    IpcMode: flags.ipc,
    PidMode: oneOf(flags.pid, 'pid', 'PID', value => value === 'host' || /^container:./.test(value)),
    UTSMode: oneOf(flags.uts, 'uts', 'UTS', value => value === 'host'),
    UsernsMode: oneOf(flags.userns, 'userns', 'USER', value => value === 'host'),
    CgroupnsMode: oneOf(flags.cgroupns, 'cgroupns', 'CGROUP', value =>
      ['host', 'private'].includes(value),
    ) as HostConfig['CgroupnsMode'],
  }
}

function splitVolumes(flags: string[]): { volumes: Record<string, Record<string, never>>; binds: string[] | null } {
  const volumes: Record<string, Record<string, never>> = {}
  const binds: string[] = []
  for (const text of new Set(flags)) {
    const volume = parseVolumeFlag(text, process.cwd())
    if (volume.kind === 'anonymous') volumes[volume.target] = {}
    else binds.push(volume.bind)
  }
  return { volumes, binds: orNull(binds) }
}

/** Of values of `--publish`, in its short or its long form. */
export function portBindings(texts: readonly string[]): PortMap {
  const bindings: PortMap = {}
  for (const { port, hostIp, hostPort } of texts.flatMap(text => parsePublished(shortForm(text)))) {
    bindings[port] = [...(bindings[port] ?? []), { HostIp: hostIp, HostPort: hostPort }]
  }
  return bindings
}

function publishedPorts(flags: CreateFlags): { exposed: PortSet; bindings: PortMap } {
  const bindings = portBindings(flags.publish)
  const exposed: PortSet = Object.fromEntries(Object.keys(bindings).map(port => [port, {}]))
  for (const text of flags.expose) {
    if (text.includes(':')) throw new Error(`invalid port format for --expose: ${text}`)
    for (const port of exposedPorts(text)) exposed[port] = {}
  }
  return { exposed, bindings }
}

function exposedPorts(text: string): string[] {
  try {
    return parseExposed(text)
  } catch (failure) {
    const ports = text.split('/', 1)[0]!
    if (!messageOf(failure).startsWith('invalid range format')) throw failure
    const wrong = ports.split('-').find(part => !/^\d+$/.test(part)) ?? ports
    const reason = /^\d+$/.test(wrong) ? 'value out of range' : 'invalid syntax'
    throw new Error(
      `invalid range format for --expose: ${text}, error: strconv.ParseUint: parsing ${JSON.stringify(wrong)}: ${reason}`,
    )
  }
}

/** `target=80,published=8080,protocol=tcp` as `8080:80/tcp`. */
function shortForm(text: string): string {
  if (!text.includes('=')) return text
  const fields: Record<string, string> = { protocol: 'tcp', published: '', target: '' }
  for (const field of text.split(',')) {
    const [key, value] = pairOf(field)
    if (!field.includes('=') || key === '') {
      throw new Error(`invalid publish opts format (should be name=value but got '${field}')`)
    }
    fields[key] = value
  }
  return `${fields['published']}:${fields['target']}/${fields['protocol']}`
}

function readPairs(file: string, lookUp?: (name: string) => string | undefined): string[] {
  let content: Uint8Array
  try {
    content = readFileSync(file)
  } catch (failure) {
    throw fileFailure('open', file, failure)
  }
  return parseEnvFile(content, file, lookUp)
}

/** As Go words it: `open /x: no such file or directory`. */
export function fileFailure(call: string, path: string, failure: unknown): Error {
  const code = (failure as NodeJS.ErrnoException).code ?? ''
  const words: Record<string, string> = {
    ENOENT: 'no such file or directory',
    EACCES: 'permission denied',
    EISDIR: 'is a directory',
    ENOTDIR: 'not a directory',
    EEXIST: 'file exists',
    ENOSPC: 'no space left on device',
  }
  const reason = words[code] ?? (failure instanceof Error ? failure.message : String(failure))
  return new Error(`${call} ${path}: ${reason}`, { cause: failure })
}

const labels = (flags: CreateFlags): Record<string, string> =>
  Object.fromEntries([...flags['label-file'].flatMap(file => readPairs(file, () => '')), ...flags.label].map(pairOf))

export function restartPolicy(text: string): RestartPolicy {
  if (text === '') return {}
  const at = text.indexOf(':')
  const name = at < 0 ? text : text.slice(0, at)
  const count = at < 0 ? '' : text.slice(at + 1)
  if (at === 0) throw new Error('invalid restart policy format: no policy provided before colon')
  if (count !== '' && !/^[+-]?\d+$/.test(count)) {
    throw new Error('invalid restart policy format: maximum retry count must be an integer')
  }
  return { Name: name as RestartPolicy['Name'], MaximumRetryCount: count === '' ? 0 : parseGoInteger(count) }
}

function logOptions(flags: CreateFlags): Record<string, string> {
  if (flags['log-driver'] === 'none' && flags['log-opt'].length > 0) {
    throw new Error(`invalid logging opts for driver ${flags['log-driver']}`)
  }
  return Object.fromEntries(flags['log-opt'].map(pairOf))
}

function storageOptions(options: string[]): Record<string, string> | undefined {
  if (options.some(option => !option.includes('='))) throw new Error('invalid storage option')
  return options.length > 0 ? Object.fromEntries(options.map(pairOf)) : undefined
}

function tmpfs(flags: string[]): Record<string, string> | undefined {
  const pairs = flags.map((flag): [string, string] => {
    const at = flag.indexOf(':')
    return at < 0 ? [flag, ''] : [flag.slice(0, at), flag.slice(at + 1)]
  })
  return pairs.length > 0 ? Object.fromEntries(pairs) : undefined
}

/** Upper case with `CAP_`, each once, as the daemon stores them; `ALL` stands for all. */
function capabilities(names: string[]): string[] | null {
  if (names.length === 0) return null
  const whole = names
    .map(name => name.toUpperCase())
    .map(name => (name === 'ALL' || name.startsWith('CAP_') ? name : `CAP_${name}`))
  return whole.includes('ALL') ? ['ALL'] : [...new Set(whole)].toSorted()
}

/** A seccomp profile is read here and sent along; `systempaths=unconfined` becomes empty lists of masked paths. */
function securityOptions(options: string[]): { options: string[] | null; isUnconfined: boolean } {
  const read = options.map(option => {
    const [key, value] = splitOption(option)
    if (key !== 'seccomp' || value === 'builtin' || value === 'unconfined') return option
    return `seccomp=${seccompProfile(value)}`
  })
  const kept = read.filter(option => option !== 'systempaths=unconfined')
  return { options: orNull(kept), isUnconfined: kept.length < read.length }
}

function splitOption(option: string): [string, string] {
  const at = option.includes('=') || option === 'no-new-privileges' ? option.indexOf('=') : option.indexOf(':')
  const [key, value] = at < 0 ? [option, ''] : [option.slice(0, at), option.slice(at + 1)]
  if (value === '' && key !== 'no-new-privileges') throw new Error(`Invalid --security-opt: ${JSON.stringify(option)}`)
  return [key, value]
}

function seccompProfile(path: string): string {
  let content: string
  try {
    content = readFileSync(path, 'utf8')
  } catch (failure) {
    throw new Error(`opening seccomp profile (${path}) failed: ${fileFailure('open', path, failure).message}`)
  }
  try {
    return JSON.stringify(JSON.parse(content))
  } catch (failure) {
    throw new Error(`compacting json for seccomp profile (${path}) failed: ${(failure as Error).message}`)
  }
}

type DeviceLists = Pick<HostConfig, 'Devices' | 'DeviceRequests'>

function devices(flags: CreateFlags): DeviceLists {
  const isCdi = (device: string) => /^[A-Za-z][\w.-]*\/[A-Za-z][\w.-]*=[\w.:-]+$/.test(device)
  const names = flags.device.filter(isCdi)
  const requests: unknown[] = [...flags.gpus]
  if (names.length > 0) requests.push({ Driver: 'cdi', Count: 0, DeviceIDs: names, Capabilities: null, Options: null })
  return {
    Devices: flags.device.filter(device => !isCdi(device)).map(parseDevice),
    DeviceRequests: requests.length > 0 ? requests : null,
  }
}

const isDeviceMode = (mode: string): boolean => /^[rwm]{1,3}$/.test(mode) && new Set(mode).size === mode.length

/** `/dev/a[:/dev/b][:rwm]`. */
export function parseDevice(text: string): DeviceMapping {
  const parts = text.split(':')
  if (parts.length > 3 || parts[0] === '') throw new Error(`bad format for path: ${text}`)
  const [host, second = '', third] = parts as [string, string?, string?]
  if (third !== undefined && !isDeviceMode(third)) throw new Error(`bad mode specified: ${third}`)
  const hasMode = third === undefined && isDeviceMode(second)
  const inside = hasMode || second === '' ? host : second
  if (!posix.isAbsolute(inside)) throw new Error(`${inside} is not an absolute path`)
  const path = (value: string) => posix.normalize(value).replace(/(.)\/$/, '$1')
  return {
    PathOnHost: parts.length === 1 || hasMode ? path(host) : host,
    PathInContainer: path(inside),
    CgroupPermissions: third ?? (hasMode ? second : 'rwm'),
  }
}

function checkSwappiness(value: number): void {
  if (value !== -1 && (value < 0 || value > 100)) {
    throw new Error(`invalid value: ${value}. Valid memory swappiness range is 0-100`)
  }
}

const oldNetworkFlags = (flags: CreateFlags) => ({
  aliases: flags['network-alias'],
  links: flags.link,
  ipv4: flags.ip,
  ipv6: flags.ip6,
  mac: flags['mac-address'],
  linkLocal: flags['link-local-ip'],
})
