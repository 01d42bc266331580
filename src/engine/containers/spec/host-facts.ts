import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { arch, release } from 'node:os'
import { type Capability, capabilitiesUpTo } from '../../../formats/capabilities/capabilities.ts'

/** What this machine can give to containers. Read once when the daemon starts. */
export type HostFacts = {
  architecture: 'amd64' | 'arm64' | 'riscv64'
  kernel: { major: number; minor: number }
  /** Online processors: how many, and as the kernel lists them (`0-3,8`). */
  cpus: number
  cpuList: string
  memoryNodes: string
  /** All that the kernel knows and this process may give away. */
  capabilities: Capability[]
  cgroupVersion: 1 | 2
  limits: LimitSupport
  appArmor: boolean
  /** Heat of processors tells tenants about each other [GHSA-6fw5-f8r9-fgfm]. */
  thermalPaths: string[]
  /** Default sysctls that exist here: crun refuses one that does not. */
  pingGroupRange: boolean
  unprivilegedPorts: boolean
  /** The highest RLIMIT_NOFILE that this process may give away. */
  openFiles: number
}

/** Which limits the cgroup controllers of this machine keep; one that is not kept is discarded with a warning, as Docker does. */
export type LimitSupport = {
  memory: boolean
  swap: boolean
  memoryReservation: boolean
  memorySwappiness: boolean
  oomKillDisable: boolean
  cpuShares: boolean
  cpuQuota: boolean
  cpuset: boolean
  pids: boolean
  blkioWeight: boolean
  blkioWeightDevice: boolean
  blkioThrottle: boolean
}

const CGROUPS = '/sys/fs/cgroup'

export function readHostFacts(): HostFacts {
  const [major = 0, minor = 0] = release().split('.').map(Number)
  const cpuList = read('/sys/devices/system/cpu/online') || '0'
  const cgroupVersion = existsSync(`${CGROUPS}/cgroup.controllers`) ? 2 : 1
  return {
    architecture: { x64: 'amd64', arm64: 'arm64', riscv64: 'riscv64' }[arch() as string] as HostFacts['architecture'],
    kernel: { major, minor },
    cpus: countList(cpuList),
    cpuList,
    memoryNodes: read('/sys/devices/system/node/online') || '0',
    capabilities: ownCapabilities(),
    cgroupVersion,
    limits: cgroupVersion === 2 ? unifiedLimits() : legacyLimits(),
    appArmor: read('/sys/module/apparmor/parameters/enabled').startsWith('Y'),
    thermalPaths: thermalPaths(),
    pingGroupRange: existsSync('/proc/sys/net/ipv4/ping_group_range'),
    unprivilegedPorts: existsSync('/proc/sys/net/ipv4/ip_unprivileged_port_start'),
    openFiles: openFiles(),
  }
}

/** What of ours a program that we start still has: runtimes are programs, and the bounding set ends where they begin. */
export function capabilityMask(status: string): bigint {
  const set = (name: string) => BigInt(`0x${new RegExp(`^${name}:\\s*([0-9a-f]+)`, 'm').exec(status)?.[1] ?? '0'}`)
  return set('CapEff') & set('CapBnd')
}
const isSet = (mask: bigint, bit: number): boolean => (mask >> BigInt(bit)) % 2n === 1n

/** A daemon that is itself confined cannot hand on what it has not. */
function ownCapabilities(): Capability[] {
  const mask = capabilityMask(read('/proc/self/status'))
  const known = capabilitiesUpTo(Number(read('/proc/sys/kernel/cap_last_cap') || 40))
  return known.filter((_, number) => isSet(mask, number))
}

const CAP_SYS_RESOURCE = 24

/** Without CAP_SYS_RESOURCE a limit can only be lowered, and never above fs.nr_open. */
function openFiles(): number {
  const own = /^Max open files\s+\S+\s+(\d+)/m.exec(read('/proc/self/limits'))?.[1]
  const mayRaise = isSet(capabilityMask(read('/proc/self/status')), CAP_SYS_RESOURCE)
  const most = Number(read('/proc/sys/fs/nr_open') || 2 ** 20)
  return mayRaise || own === undefined ? most : Math.min(most, Number(own))
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}

/** How many numbers a kernel list such as `0-3,8` has. */
export function countList(list: string): number {
  return list.split(',').reduce((sum, part) => {
    const [first = 0, last = first] = part.split('-').map(Number)
    return sum + last - first + 1
  }, 0)
}

function unifiedLimits(): LimitSupport {
  const controllers = read(`${CGROUPS}/cgroup.controllers`).split(/\s+/)
  const has = (name: string) => controllers.includes(name)
  return {
    memory: has('memory'),
    swap: has('memory') && existsSync('/proc/swaps'),
    memoryReservation: has('memory'),
    memorySwappiness: false,
    oomKillDisable: false,
    cpuShares: has('cpu'),
    cpuQuota: has('cpu'),
    cpuset: has('cpuset'),
    pids: has('pids'),
    blkioWeight: has('io'),
    blkioWeightDevice: has('io'),
    blkioThrottle: has('io'),
  }
}

function legacyLimits(): LimitSupport {
  const has = (file: string) => existsSync(`${CGROUPS}/${file}`)
  return {
    memory: has('memory/memory.limit_in_bytes'),
    swap: has('memory/memory.memsw.limit_in_bytes'),
    memoryReservation: has('memory/memory.soft_limit_in_bytes'),
    memorySwappiness: has('memory/memory.swappiness'),
    oomKillDisable: has('memory/memory.oom_control'),
    cpuShares: has('cpu/cpu.shares'),
    cpuQuota: has('cpu/cpu.cfs_quota_us'),
    cpuset: has('cpuset/cpuset.cpus'),
    pids: has('pids/cgroup.procs'),
    blkioWeight: has('blkio/blkio.weight') || has('blkio/blkio.bfq.weight'),
    blkioWeightDevice: has('blkio/blkio.weight_device') || has('blkio/blkio.bfq.weight_device'),
    blkioThrottle: has('blkio/blkio.throttle.read_bps_device'),
  }
}

function thermalPaths(): string[] {
  const base = '/sys/devices/system/cpu'
  try {
    return readdirSync(base)
      .filter(name => /^cpu\d+$/.test(name))
      .map(name => `${base}/${name}/thermal_throttle`)
      .filter(path => existsSync(path))
  } catch {
    return []
  }
}
