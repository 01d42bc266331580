import { mkdirSync, statSync } from 'node:fs'
import { createFaults } from '../create/faults.ts'
import type { ResolvedMount } from '../resolved-mount.ts'
import { mountUnder, readMountTable } from './mount-table.ts'

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
  const { point, propagation: actual } = mountUnder(source, readMountTable())
  if (/(^| )shared:/.test(actual) || (isSlave && /(^| )master:/.test(actual))) return
  const wanted = isShared ? 'shared' : 'shared or slave'
  throw createFaults.MOUNT(`path ${source} is mounted on ${point} but it is not a ${wanted} mount`)
}
