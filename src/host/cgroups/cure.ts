import { mkdir, rmdir } from 'node:fs/promises'
import { logger } from '../../base/log.ts'
import { MOUNT, mount } from '../syscalls/mount.ts'
import { findHierarchies, type Hierarchies } from './hierarchies.ts'

const log = logger('cgroups')

/** `stray`: v2 controllers that stay beside v1 ones, because something uses them there; crun refuses such a machine. */
export type Cured = { hierarchies: Hierarchies; stray: string[] }

/**
 * Makes the machine's cgroups such that a runtime takes them: a v2 hierarchy where there is none at all; in hybrid mode each
 * controller that was left to v2 mounted as v1, as crun demands ("cgroups in hybrid mode not supported, drop all controllers
 * from cgroupv2").
 */
export async function cureHierarchies(): Promise<Cured> {
  const found = await findHierarchies()
  if (!found) return { hierarchies: await mountUnified(), stray: [] }
  if (found.mode !== 'hybrid') return { hierarchies: found, stray: [] }
  const stray = found.all.filter(({ version }) => version === 2).flatMap(({ controllers }) => controllers)
  const left: string[] = []
  for (const controller of stray) if (!(await mountAsV1(controller))) left.push(controller)
  return { hierarchies: stray.length > 0 ? (await findHierarchies())! : found, stray: left }
}

async function mountAsV1(controller: string): Promise<boolean> {
  const target = `/sys/fs/cgroup/${controller}`
  try {
    await mkdir(target, { recursive: true })
    mount({ source: 'cgroup', target, type: 'cgroup', data: controller, flags: PLAIN })
    log.info('mounted a cgroup controller as v1, which the runtime needs', { controller })
    return true
  } catch (thrown) {
    log.warn('a cgroup controller stays with v2 beside v1: crun does not work here', { controller, error: thrown })
    await rmdir(target).catch(() => {})
    return false
  }
}

const PLAIN = MOUNT.NO_SUID | MOUNT.NO_DEVICES | MOUNT.NO_EXEC

async function mountUnified(): Promise<Hierarchies> {
  mount({ source: 'cgroup2', target: '/sys/fs/cgroup', type: 'cgroup2', flags: PLAIN })
  log.info('mounted cgroup v2, as no cgroups were mounted')
  return (await findHierarchies())!
}

/**
 * Moving a process to a cgroup otherwise waits for an RCU grace period (10–15 ms measured on an idle machine, once per
 * container). The option costs forks and exits of the whole machine a memory barrier. Linux 6.0; without it nothing changes.
 */
export function favorQuickMoves(hierarchies: Hierarchies): boolean {
  const unified = hierarchies.all.find(({ version }) => version === 2)
  if (!unified) return false
  try {
    mount({ source: 'cgroup2', target: unified.path, type: 'cgroup2', flags: MOUNT.REMOUNT, data: 'favordynmods' })
    return true
  } catch (thrown) {
    log.debug('no favordynmods', { error: thrown })
    return false
  }
}
