import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** v1: controllers on hierarchies of their own; hybrid: those, and a v2 hierarchy beside them; v2: one hierarchy for all. */
export type CgroupMode = 'v1' | 'hybrid' | 'v2'

/** One mounted hierarchy. `controllers` of v1: as mounted (`cpu`, `cpuacct`, `name=systemd`); of v2: those it has. */
export type Hierarchy = { version: 1 | 2; path: string; controllers: string[] }
export type Hierarchies = { mode: CgroupMode; all: Hierarchy[] }

const ROOT = '/sys/fs/cgroup'

/** What is mounted below /sys/fs/cgroup; undefined if nothing is. */
export async function findHierarchies(): Promise<Hierarchies | undefined> {
  const mountinfo = await readMounts()
  const all = parseHierarchies(mountinfo)
  for (const hierarchy of all) if (hierarchy.version === 2) hierarchy.controllers = await controllersIn(hierarchy.path)
  // Another daemon may move a controller from v2 to v1 in between: then neither list has it.
  if (cgroupLines(await readMounts()) !== cgroupLines(mountinfo)) return findHierarchies()
  if (all.length === 0) return undefined
  return { mode: modeOf(all), all }
}

const readMounts = (): Promise<string> => readFile('/proc/self/mountinfo', 'utf8')
const cgroupLines = (mountinfo: string): string =>
  mountinfo
    .split('\n')
    .filter(line => line.includes(' - cgroup'))
    .join('\n')

function modeOf(all: Hierarchy[]): CgroupMode {
  const has = (version: 1 | 2): boolean => all.some(hierarchy => hierarchy.version === version)
  if (!has(1)) return 'v2'
  return has(2) ? 'hybrid' : 'v1'
}

/** The cgroup mounts of a mountinfo text (proc_pid_mountinfo(5)); the last mount on a path counts. */
export function parseHierarchies(mountinfo: string): Hierarchy[] {
  const found = new Map<string, Hierarchy>()
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ')
    const path = before.split(' ')[4] ?? ''
    const [type, , options = ''] = after.split(' ')
    if (path !== ROOT && !path.startsWith(`${ROOT}/`)) continue
    if (type === 'cgroup2') found.set(path, { version: 2, path, controllers: [] })
    else if (type === 'cgroup') found.set(path, { version: 1, path, controllers: v1Controllers(options) })
    else found.delete(path)
  }
  return [...found.values()]
}

const MOUNT_OPTIONS = new Set(['rw', 'ro', 'xattr', 'clone_children', 'noprefix', 'favordynmods', 'cpuset_v2_mode'])
const v1Controllers = (options: string): string[] =>
  options.split(',').filter(option => option && !MOUNT_OPTIONS.has(option) && !option.startsWith('release_agent='))

export const controllersIn = async (path: string): Promise<string[]> =>
  (await readFile(join(path, 'cgroup.controllers'), 'utf8')).split(/\s+/).filter(Boolean)

/** Where a v1 controller is mounted, or the v2 hierarchy if that has it. */
export const hierarchyOf = (all: Hierarchy[], controller: string): Hierarchy | undefined =>
  all.find(hierarchy => hierarchy.controllers.includes(controller))
