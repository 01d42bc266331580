import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { logger } from '../../base/log.ts'
import type { OciResources } from '../../formats/oci-runtime/spec.ts'
import { hasCode } from '../syscalls/call.ts'
import { cureHierarchies, favorQuickMoves } from './cure.ts'
import { cgroupFaults } from './faults.ts'
import { readAmount, readControl, writeControl } from './files.ts'
import { freeze, isFrozen, thaw } from './freezer.ts'
import { type CgroupMode, type Hierarchies, hierarchyOf } from './hierarchies.ts'
import { type LimitWrite, v1Writes, v2Writes } from './limits.ts'
import { groupsIn, killBelow, membersBelow, removeBelow, removeIfEmpty } from './members.ts'
import { type GroupUse, v1Use, v2Use } from './stats.ts'

/**
 * The machine's cgroups. A group is named by its `cgroupsPath`, as in an OCI specification: absolute below the root of
 * every hierarchy, such as `/berth/<container id>`. Groups are made by the runtime; here they are changed and removed.
 */
export type Cgroups = {
  mode: CgroupMode
  /** '1' or '2', as `docker info` has it. */
  version: '1' | '2'
  /** Controllers that v2 holds beside v1: with any of them crun refuses to work and runc has to. */
  stray: string[]
  /** v1's and v2's controllers by name: what a limit can be set for. */
  controllers: Set<string>
  /** The group's directory in every hierarchy, for `MonitorLaunch.cgroups`; whether or not they exist. */
  cgroupPathsOf(cgroupsPath: string): string[]
  /** For `MonitorLaunch.oomFile`. */
  oomFileOf(cgroupsPath: string): string | undefined
  /** Changes the limits of a running container; what is absent stays. Faults name the file and the value refused. */
  update(cgroupsPath: string, resources: OciResources): Promise<void>
  /** Resolves when every process has stopped; NOT_FROZEN, thawed again, if one would not in 5 seconds. */
  freeze(cgroupsPath: string): Promise<void>
  thaw(cgroupsPath: string): Promise<void>
  isFrozen(cgroupsPath: string): Promise<boolean>
  use(cgroupsPath: string): Promise<GroupUse>
  /** The processes in it and below it, ascending. */
  pids(cgroupsPath: string): Promise<number[]>
  /** Sends SIGKILL to all of them once; they may be there a moment longer. */
  killAll(cgroupsPath: string): Promise<void>
  /** Kills what is in it and removes it everywhere. False if something would not die. */
  remove(cgroupsPath: string): Promise<boolean>
  /** The names of the groups directly below a parent, in whatever hierarchy. */
  namesIn(parent: string): Promise<string[]>
  /** Removes every group directly below a parent whose name is not in `keep`, and the parent too if nothing is left. Gives the names removed. */
  sweep(parent: string, keep: ReadonlySet<string>): Promise<string[]>
}

const log = logger('cgroups')

/** Finds, and where need be mounts, what containers need. */
export async function openCgroups(): Promise<Cgroups> {
  const { hierarchies, stray } = await cureHierarchies()
  favorQuickMoves(hierarchies)
  return cgroupsOver(hierarchies, stray)
}

export function cgroupsOver(hierarchies: Hierarchies, stray: string[] = []): Cgroups {
  const { mode, all } = hierarchies
  const everywhere = (path: string): string[] => all.map(hierarchy => join(hierarchy.path, checked(path)))
  const at = (path: string) => (controller: string) => {
    const hierarchy = hierarchyOf(all, controller)
    return hierarchy && join(hierarchy.path, checked(path))
  }
  /** The directory that lists the members. Not the v2 one of a hybrid machine, which runtimes may leave alone. */
  const members = (path: string): string => {
    const hierarchy = hierarchyOf(all, 'pids') ?? hierarchyOf(all, 'freezer') ?? all[0]!
    return join(hierarchy.path, checked(path))
  }
  const frozen = (path: string): { version: 1 | 2; directory: string } => {
    const hierarchy = hierarchyOf(all, 'freezer') ?? all.find(({ version }) => version === 2)
    if (!hierarchy) throw cgroupFaults.CONTROLLER_MISSING('freezer')
    return { version: hierarchy.version, directory: join(hierarchy.path, checked(path)) }
  }
  return {
    mode,
    version: mode === 'v2' ? '2' : '1',
    stray,
    controllers: new Set(all.flatMap(({ controllers }) => controllers)),
    cgroupPathsOf: everywhere,
    oomFileOf: path => {
      const directory = at(path)('memory')
      return directory && join(directory, mode === 'v2' ? 'memory.events' : 'memory.oom_control')
    },
    update: (path, resources) => update(at(path), mode, resources),
    freeze: path => freeze(frozen(path)),
    thaw: path => thaw(frozen(path)),
    isFrozen: path => isFrozen(frozen(path)),
    use: path => (mode === 'v2' ? v2Use(members(path)) : v1Use(at(path))),
    pids: async path => (await membersBelow(members(path))).sort((a, b) => a - b),
    killAll: path => killBelow(members(path)),
    remove: path => removeEverywhere(everywhere(path)),
    namesIn: parent => namesIn(everywhere(parent)),
    sweep: (parent, keep) => sweep(everywhere(parent), keep),
  }
}

/** A path of the user's (--cgroup-parent) must not lead out of the hierarchy, and '/' would be the whole machine. */
function checked(path: string): string {
  const parts = path.split('/')
  if (!path.startsWith('/') || path === '/' || parts.includes('..') || parts.includes('.') || path.includes('\0'))
    throw cgroupFaults.BAD_PATH(path)
  return path
}

type At = (controller: string) => string | undefined

async function update(at: At, mode: CgroupMode, resources: OciResources): Promise<void> {
  const memory = at('memory') ?? ''
  if (mode === 'v2') {
    const cpuMax = (await readControl(join(at('cpu') ?? '', 'cpu.max')))?.split(' ')
    const now = {
      memory: (await readAmount(join(memory, 'memory.max'))) ?? Infinity,
      period: Number(cpuMax?.[1] ?? 100_000),
    }
    return apply(at, v2Writes(resources, now))
  }
  const now = { memory: (await readAmount(join(memory, 'memory.limit_in_bytes'))) ?? Infinity }
  return apply(at, v1Writes(resources, now))
}

async function apply(at: At, writes: LimitWrite[]): Promise<void> {
  for (const { controller, file, value, optional } of writes) {
    const directory = at(controller)
    if (!directory && optional) continue
    if (!directory) throw cgroupFaults.CONTROLLER_MISSING(controller)
    try {
      await writeControl(join(directory, file), value)
    } catch (thrown) {
      if (optional && hasCode(thrown, 'ENOENT', 'EACCES', 'EOPNOTSUPP', 'EINVAL')) continue
      throw cgroupFaults.LIMIT_REFUSED(file, value, { cause: thrown })
    }
  }
}

const namesIn = async (parents: string[]): Promise<string[]> => [
  ...new Set((await Promise.all(parents.map(groupsIn))).flat()),
]

async function sweep(parents: string[], keep: ReadonlySet<string>): Promise<string[]> {
  const names = await namesIn(parents)
  const removed: string[] = []
  for (const name of names) {
    if (keep.has(name)) continue
    if (await removeEverywhere(parents.map(parent => join(parent, name)))) removed.push(name)
    else log.warn('a cgroup that belongs to no container cannot be removed', { name })
  }
  for (const parent of parents) if ((await groupsIn(parent)).length === 0) await removeIfEmpty(parent)
  return removed
}

/** First a kill in all of them: what the freezer of v1 holds does not die before it is thawed there. */
async function removeEverywhere(directories: string[]): Promise<boolean> {
  const there = directories.filter(directory => existsSync(directory))
  await Promise.all(there.map(killBelow))
  return (await Promise.all(there.map(removeBelow))).every(Boolean)
}
