import { statSync } from 'node:fs'
import type { HostConfig } from '../../../formats/engine-api/container.ts'
import type { OciMount } from '../../../formats/oci-runtime/spec.ts'
import { type HostMount, mountUnder, readMountTable } from '../../../host/mounts/mount-table.ts'
import type { ContainerRecord } from '../container.ts'
import { parseSecurityOptions } from '../create/security-options.ts'
import type { ResolvedMount } from '../resolved-mount.ts'
import { isView, viewPath } from './mount-views.ts'
import { INIT_PATH, usesInit } from './process.ts'
import type { Surroundings } from './surroundings.ts'

/**
 * All mounts of a container in the order in which they are made: the engine's own, then the user's by depth, so that none
 * is hidden by one above it. One of the user's takes the place of the engine's at the same path.
 */
export function mountsOf(container: ContainerRecord, around: Surroundings): OciMount[] {
  const asked = [...container.mounts].sort((a, b) => depth(a.destination) - depth(b.destination))
  const taken = new Set(asked.map(({ destination }) => destination))
  const isFree = ({ destination }: OciMount) =>
    !taken.has(destination) && !(taken.has('/dev') && destination.startsWith('/dev/'))
  const inherited = inheritance()
  const ofView = (mount: ResolvedMount) => viewMount(mount, viewPath(around.rootfs, container.mounts, mount), inherited)
  const ofUser = (mount: ResolvedMount) => (isView(mount) ? ofView(mount) : userMount(mount, around, inherited))
  const user = [...asked.map(ofUser), ...networkFiles(container, around, taken)]
  return [
    ...engineMounts(container.hostConfig, around, inherited).filter(isFree),
    ...user.sort((a, b) => depth(a.destination) - depth(b.destination)),
    ...(usesInit(container, around) ? [bind(around.init!, INIT_PATH, ['bind', 'ro'])] : []),
  ]
}

const depth = (path: string): number => path.split('/').length

/** A tmpfs on /dev always: without it crun makes device nodes on the host if the image's /dev is a link [CVE-2026-41579]. */
function engineMounts(hostConfig: HostConfig, around: Surroundings, inherited: Inherited): OciMount[] {
  const privileged = hostConfig.Privileged ?? false
  const writableCgroups = parseSecurityOptions(hostConfig.SecurityOpt).writableCgroups ?? privileged
  const noExec = ['nosuid', 'noexec', 'nodev']
  return [
    mount('proc', 'proc', '/proc', noExec),
    mount('tmpfs', 'tmpfs', '/dev', ['nosuid', 'strictatime', 'mode=755', 'size=65536k']),
    mount('devpts', 'devpts', '/dev/pts', ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5']),
    mount('sysfs', 'sysfs', '/sys', [...noExec, ...(privileged ? [] : ['ro'])]),
    mount('cgroup', 'cgroup', '/sys/fs/cgroup', [...(writableCgroups ? [] : ['ro']), ...noExec]),
    mount('mqueue', 'mqueue', '/dev/mqueue', noExec),
    ...sharedMemory(hostConfig, around, inherited),
  ]
}

/** Private memory is mounted by the runtime; what is shared has to be a mount on the host, which is then bound. */
function sharedMemory({ IpcMode, ShmSize }: HostConfig, { join }: Surroundings, inherited: Inherited): OciMount[] {
  if (IpcMode === 'none') return []
  const shared = IpcMode === 'host' ? '/dev/shm' : join.shm
  if (shared !== undefined) return [bind(shared, '/dev/shm', ['rbind', 'rprivate', ...inherited(shared)])]
  return [mount('tmpfs', 'shm', '/dev/shm', ['nosuid', 'noexec', 'nodev', 'mode=1777', `size=${ShmSize}`])]
}

function userMount(asked: ResolvedMount, around: Surroundings, inherited: Inherited): OciMount {
  if (asked.type === 'tmpfs')
    return mount('tmpfs', 'tmpfs', asked.destination, [...(asked.tmpfsOptions ?? []), 'rprivate'])
  const recursive = asked.nonRecursive ? 'bind' : 'rbind'
  const readOnly = asked.readOnly ? readOnlyOptions(asked, around) : []
  const flags = [...readOnly, ...inherited(asked.source)]
  return bind(asked.source, asked.destination, [recursive, ...new Set(flags), asked.propagation || 'rprivate'])
}

/** What it is, a directory or a file, is not known yet. */
function viewMount(asked: ResolvedMount, source: string, inherited: Inherited): OciMount {
  const kept = asked.type === 'image' ? [] : inherited(asked.source)
  const flags = new Set([...(asked.readOnly ? ['ro'] : []), ...kept])
  return bind(source, asked.destination, ['rbind', ...flags, asked.propagation || 'rprivate'])
}

type Inherited = (source: string) => string[]

/**
 * What the host's mount forbids stays forbidden inside: crun mounts a bind once more with nothing but the flags it is
 * given, by which a read-only or nosuid mount of the host would lose them.
 */
function inheritance(): Inherited {
  let table: HostMount[] | undefined
  return source => {
    if (!statSync(source, { throwIfNoEntry: false })) return []
    table ??= readMountTable()
    const { options } = mountUnder(source, table)
    return options.filter(option => KEPT.has(option))
  }
}

const KEPT = new Set(['ro', 'nosuid', 'nodev', 'noexec'])

/** Read-only down to the mounts below it where kernel and runtime can; crun 1.8 fails to do so to a single file. */
function readOnlyOptions(asked: ResolvedMount, { host }: Surroundings): string[] {
  const { major, minor } = host.kernel
  const canRecurse = major > 5 || (major === 5 && minor >= 12)
  if (asked.readOnlyNonRecursive || asked.nonRecursive || !canRecurse) return ['ro']
  return statSync(asked.source, { throwIfNoEntry: false })?.isDirectory() ? ['ro', 'rro'] : ['ro']
}

function networkFiles({ config }: ContainerRecord, { files }: Surroundings, taken: ReadonlySet<string>): OciMount[] {
  if (config.NetworkDisabled) return []
  return Object.entries({
    '/etc/resolv.conf': files.resolvConf,
    '/etc/hostname': files.hostname,
    '/etc/hosts': files.hosts,
  })
    .filter(([destination, source]) => source !== '' && !taken.has(destination))
    .map(([destination, source]) => bind(source, destination, ['rbind', 'rprivate']))
}

const mount = (type: string, source: string, destination: string, options: string[]): OciMount => ({
  destination,
  type,
  source,
  options,
})
const bind = (source: string, destination: string, options: string[]): OciMount =>
  mount('bind', source, destination, options)
