import type { Finding } from '../../../base/finding.ts'
import type { ContainerContext } from '../context.ts'
import { damagedContainers } from './damaged.ts'
import { strayDirectories } from './stray-directories.ts'
import { strayGroups } from './stray-groups.ts'
import { strayMonitors } from './stray-monitors.ts'
import { strayMounts } from './stray-mounts.ts'

/** In the order in which they are mended: what runs before what it stands on. `isOthers`: a cgroup that somebody else has beside ours, by its name. */
export async function examineContainers(
  context: ContainerContext,
  isOthers: (group: string) => boolean,
): Promise<Finding[]> {
  const found = damagedContainers(context)
  found.push(...(await strayMonitors(context)))
  found.push(...(await strayGroups(context, isOthers)))
  found.push(...(await strayMounts(context)))
  found.push(...(await strayDirectories(context)))
  return found
}
