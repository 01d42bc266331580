import { mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { createFaults } from '../create/faults.ts'
import type { ResolvedMount } from '../resolved-mount.ts'

/**
 * Right before a start: makes the directories of `-v` that are not there (as Docker does; --mount wants them to be), and
 * refuses a propagation that the host's mount cannot give. Throws createFaults.
 */
export function ensureBindSources(mounts: readonly ResolvedMount[]): void {
  for (const mount of mounts.filter(({ type }) => type === 'bind')) {
    ensureSource(mount)
    checkPropagation(mount)
  }
}

function ensureSource({ source, createMountpoint }: ResolvedMount): void {
  if (statSync(source, { throwIfNoEntry: false })) return
  if (!createMountpoint) {
    throw createFaults.MOUNT_CONFIG('bind', `bind source path does not exist: ${source}`)
  }
  mkdirSync(source, { recursive: true, mode: 0o755 })
}

function checkPropagation({ source, propagation }: ResolvedMount): void {
  const isShared = propagation === 'shared' || propagation === 'rshared'
  const isSlave = propagation === 'slave' || propagation === 'rslave'
  if (!isShared && !isSlave) return
  const { point, optional } = mountOf(realpathSync(source))
  if (/(^| )shared:/.test(optional) || (isSlave && /(^| )master:/.test(optional))) return
  const wanted = isShared ? 'shared' : 'shared or slave'
  throw createFaults.MOUNT(`path ${source} is mounted on ${point} but it is not a ${wanted} mount`)
}

/** The mount that a path is on: the longest point above it, the later of two. Source: proc_pid_mountinfo(5). */
function mountOf(path: string): { point: string; optional: string } {
  let found = { point: '/', optional: '' }
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const [, , , , escaped = '', , ...rest] = line.split(' ')
    const point = escaped.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    const isAbove = point === '/' || path === point || path.startsWith(`${point}/`)
    if (!isAbove || point.length < found.point.length) continue
    found = { point, optional: rest.slice(0, rest.indexOf('-')).join(' ') }
  }
  return found
}
