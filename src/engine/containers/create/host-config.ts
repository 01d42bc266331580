import { parseCapability } from '../../../formats/capabilities/capabilities.ts'
import type { RestartPolicy, Ulimit } from '../../../formats/engine-api/common.ts'
import type { HostConfig } from '../../../formats/engine-api/container.ts'
import { PortError, parsePort, parsePortRange } from '../../../formats/ports/ports.ts'
import type { HostFacts } from '../spec/host-facts.ts'
import { createFaults } from './faults.ts'
import { parseSecurityOptions } from './security-options.ts'
import { checkSysctls } from './sysctls.ts'

/** Checks the parts of a host config that stand for themselves. Throws createFaults; changes nothing. */
export function checkHostConfig(hostConfig: HostConfig, host: HostFacts): void {
  checkRestart(hostConfig)
  checkPorts(hostConfig)
  checkCapabilities(hostConfig, host)
  checkModes(hostConfig)
  parseSecurityOptions(hostConfig.SecurityOpt)
  checkSysctls(hostConfig)
  for (const limit of hostConfig.Ulimits ?? []) checkUlimit(limit)
  checkDevices(hostConfig)
  checkNumbers(hostConfig)
  checkAnnotations(hostConfig)
  checkPaths(hostConfig)
  checkUnsupported(hostConfig)
}

const POLICIES = ['', 'no', 'always', 'on-failure', 'unless-stopped']

function checkRestart({ RestartPolicy: policy, AutoRemove }: HostConfig): void {
  const name = policy?.Name ?? ''
  if (AutoRemove && name !== '' && name !== 'no') throw createFaults.RESTART_AUTO_REMOVE()
  if (policy) checkRestartPolicy(policy)
}

export function checkRestartPolicy({ Name = '', MaximumRetryCount: count = 0 }: RestartPolicy): void {
  if (!POLICIES.includes(Name)) throw createFaults.RESTART_UNKNOWN(Name)
  if (Name !== 'on-failure' && count !== 0) throw createFaults.RESTART_COUNT(count < 0)
  if (count < 0) throw createFaults.RESTART_NEGATIVE()
}

function checkPorts({ PortBindings }: HostConfig): void {
  for (const [port, bindings] of Object.entries(PortBindings ?? {})) {
    if (!parsePort(port)) throw createFaults.PORT(port.split('/', 1)[0]!)
    for (const { HostPort } of bindings ?? []) if (HostPort) checkHostPort(HostPort)
  }
}

function checkHostPort(text: string): void {
  try {
    parsePortRange(text)
  } catch (failure) {
    if (failure instanceof PortError) throw createFaults.PORT(text, { cause: failure })
    throw failure
  }
}

function checkCapabilities(hostConfig: HostConfig, host: HostFacts): void {
  for (const field of ['CapAdd', 'CapDrop'] as const) {
    for (const text of hostConfig[field] ?? []) {
      const name = parseCapability(text)
      if (typeof name === 'object') throw createFaults.CAPABILITY(field, name.unknown)
      if (name !== 'ALL' && !host.capabilities.includes(name)) throw createFaults.CAPABILITY_MISSING(field, name)
    }
  }
}

/** `container:` has to name somebody. */
const MODES = {
  PidMode: ['PID', /^(host|container:.+)?$/],
  IpcMode: ['IPC', /^(host|none|private|shareable|container:.+)?$/],
  UTSMode: ['UTS', /^(host)?$/],
  CgroupnsMode: ['cgroup namespace', /^(host|private)?$/],
  UsernsMode: ['user namespace', /^(host)?$/],
} as const

function checkModes(hostConfig: HostConfig): void {
  for (const [field, [what, grammar]] of Object.entries(MODES)) {
    const mode = hostConfig[field as keyof typeof MODES] ?? ''
    if (!grammar.test(mode)) throw createFaults.MODE(what, mode)
  }
}

const ULIMITS = new Set(
  `core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack`.split(' '),
)

/** -1 is no limit. */
export function checkUlimit({ Name, Soft, Hard }: Ulimit): void {
  if (!ULIMITS.has(Name.toLowerCase())) throw createFaults.ULIMIT_NAME(Name)
  if (![Soft, Hard].every(value => Number.isSafeInteger(value) && value >= -1)) throw createFaults.ULIMIT_VALUE(Name)
  if (Hard !== -1 && (Soft > Hard || Soft === -1)) throw createFaults.ULIMIT_RANGE(Soft, Hard)
}

function checkDevices({ Devices, DeviceCgroupRules, DeviceRequests }: HostConfig): void {
  for (const { PathOnHost, PathInContainer, CgroupPermissions } of Devices ?? []) {
    if (!PathOnHost?.startsWith('/')) throw createFaults.DEVICE_PATH(PathOnHost ?? '')
    if (PathInContainer && !PathInContainer.startsWith('/')) throw createFaults.DEVICE_PATH(PathInContainer)
    if (CgroupPermissions && !isAccess(CgroupPermissions)) throw createFaults.DEVICE_MODE(CgroupPermissions)
  }
  for (const rule of DeviceCgroupRules ?? []) if (!parseDeviceRule(rule)) throw createFaults.DEVICE_RULE(rule)
  const request = DeviceRequests?.[0] as { Driver?: string; Capabilities?: string[][] | null } | undefined
  if (request) throw createFaults.DEVICE_REQUEST(request.Driver ?? '', goList(request.Capabilities ?? []))
}

const isAccess = (text: string): boolean => /^(?!.*(.).*\1)[rwm]{1,3}$/.test(text)
const goList = (lists: string[][]): string => `[${lists.map(list => `[${list.join(' ')}]`).join(' ')}]`

/** `c 1:3 rwm`, with `*` for any number; undefined if it is no rule. */
export function parseDeviceRule(rule: string) {
  const match = /^([acb]) (\d{1,10}|\*):(\d{1,10}|\*) ([rwm]{1,3})$/.exec(rule)
  if (!match || !isAccess(match[4]!)) return undefined
  const number = (text: string) => (text === '*' ? undefined : Number(text))
  const [major, minor] = [number(match[2]!), number(match[3]!)]
  if ([major, minor].some(value => value !== undefined && value > 0xffffffff)) return undefined
  return { type: match[1]!, major, minor, access: match[4]! }
}

function checkNumbers({ ShmSize = 0, OomScoreAdj = 0 }: HostConfig): void {
  if (ShmSize < 0) throw createFaults.SHM_SIZE()
  if (OomScoreAdj < -1000 || OomScoreAdj > 1000) throw createFaults.OOM_SCORE(OomScoreAdj)
}

/** Keys by which crun, systemd, CRI and alternative runtimes are steered: host files written, sandboxes switched [CVE-2025-24965]. */
const STEERING =
  /^(run\.oci\.|org\.systemd\.|module\.wasm\.|krun\.|io\.kubernetes\.cri\.|io\.katacontainers\.|dev\.gvisor\.|org\.criu\.)/

function checkAnnotations({ Annotations }: HostConfig): void {
  for (const key of Object.keys(Annotations ?? {})) {
    if (key === '') throw createFaults.ANNOTATION_EMPTY()
    if (STEERING.test(key)) throw createFaults.ANNOTATION_STEERS(key)
  }
}

function checkPaths(hostConfig: HostConfig): void {
  for (const field of ['MaskedPaths', 'ReadonlyPaths'] as const) {
    for (const path of hostConfig[field] ?? [])
      if (!path.startsWith('/')) throw createFaults.PROTECTED_PATH(field, path)
  }
  const parent = hostConfig.CgroupParent ?? ''
  if (/(^|\/)\.\.(\/|$)|[\0\n]|:/.test(parent)) throw createFaults.CGROUP_PARENT(parent)
}

function checkUnsupported({ Isolation = '', StorageOpt, Links, NetworkMode, ...rest }: HostConfig): void {
  if (Links?.length && NetworkMode === 'host') throw createFaults.LINKS_HOST()
  if (!['', 'default'].includes(Isolation.toLowerCase())) throw createFaults.ISOLATION(Isolation)
  const [key] = Object.keys(StorageOpt ?? {})
  if (key !== undefined) throw key === 'size' ? createFaults.STORAGE_OPT() : createFaults.STORAGE_OPT_UNKNOWN(key)
  const { IOMaximumBandwidth, IOMaximumIOps } = rest as { IOMaximumBandwidth?: number; IOMaximumIOps?: number }
  if (IOMaximumBandwidth || IOMaximumIOps) throw createFaults.IO_BANDWIDTH()
}
