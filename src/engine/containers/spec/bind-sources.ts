import { mkdir, stat } from 'node:fs/promises'
import { mountUnder, readMountTable } from '../../../host/mounts/mount-table.ts'
import { hasCode } from '../../../host/syscalls/call.ts'
import { createFaults } from '../create/faults.ts'
import type { ResolvedMount } from '../resolved-mount.ts'

/** A file server or a FUSE program that hangs holds back the container that wants it, and no other. */
const LOOK_DEADLINE_MS = 10_000

/**
 * Right before a start: makes the directories of `-v` that are not there (as Docker does; --mount wants them to be), and
 * refuses a propagation that the host's mount cannot give, and sources that do not answer. Throws createFaults.
 */
export async function ensureBindSources(mounts: readonly ResolvedMount[]): Promise<void> {
  const ofHost = mounts.filter(({ type }) => type === 'bind' || type === 'volume')
  await Promise.all(ofHost.map(ensureSource))
  for (const mount of ofHost) if (mount.type === 'bind') checkPropagation(mount)
}

async function ensureSource(mount: ResolvedMount): Promise<void> {
  const { type, source, name = '', driver = '', createMountpoint } = mount
  if (await isThere(source)) return
  if (type === 'volume') throw createFaults.VOLUME_SOURCE(name, driver, source)
  if (!createMountpoint) throw createFaults.MOUNT_CONFIG('bind', `bind source path does not exist: ${source}`)
  await makeSource(source)
}

async function isThere(path: string): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(createFaults.MOUNT_SILENT(path, LOOK_DEADLINE_MS / 1000)), LOOK_DEADLINE_MS)
  })
  try {
    await Promise.race([stat(path), late])
    return true
  } catch (failure) {
    if (hasCode(failure, 'ENOENT', 'ENOTDIR', 'ELOOP')) return false
    throw failure
  } finally {
    clearTimeout(timer)
  }
}

async function makeSource(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o755 })
  } catch (failure) {
    throw createFaults.MOUNT_SOURCE(path, (failure as Error).message, { cause: failure })
  }
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
