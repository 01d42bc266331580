import type { Finding } from '../../../base/finding.ts'
import type { ContainerContext } from '../context.ts'
import { damagedContainers } from './damaged.ts'
import { strayDirectories } from './stray-directories.ts'
import { strayGroups } from './stray-groups.ts'
import { strayMonitors } from './stray-monitors.ts'
import { strayMounts } from './stray-mounts.ts'

const CHECKS = [damagedContainers, strayMonitors, strayGroups, strayMounts, strayDirectories]

/** In the order in which they are mended: what runs before what it stands on. */
export async function examineContainers(context: ContainerContext): Promise<Finding[]> {
  const found: Finding[] = []
  for (const check of CHECKS) found.push(...(await check(context)))
  return found
}
