import { readFile, realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { hasCode } from '../syscalls/call.ts'
import { UNMOUNT, unmount } from '../syscalls/mount.ts'
import { mountsBelow, parseMountTable } from './mount-table.ts'

/**
 * Takes away the mounts at a path and below it, the last made first, and gives their places. For what is about to be deleted:
 * deleting goes through a mount into files that are not ours, and fails at its place. Whoever is in such a mount keeps it.
 */
export async function detachBelow(path: string): Promise<string[]> {
  const points = await mountPointsBelow(path)
  for (const point of points.toReversed()) detach(point)
  return points
}

/** In the order in which they were made. Links on the way to the path are followed; the path itself is taken as it is. */
export async function mountPointsBelow(path: string): Promise<string[]> {
  const parent = await realpath(dirname(path)).catch(() => dirname(path))
  const table = parseMountTable(await readFile('/proc/self/mountinfo', 'utf8'))
  return mountsBelow(join(parent, basename(path)), table).map(({ point }) => point)
}

function detach(point: string): void {
  try {
    unmount(point, UNMOUNT.DETACH | UNMOUNT.NO_FOLLOW)
  } catch (failure) {
    if (!hasCode(failure, 'EINVAL', 'ENOENT')) throw failure
  }
}
