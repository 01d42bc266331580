import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { Finding } from '../../../base/finding.ts'
import { detachBelow, mountPointsBelow } from '../../../host/mounts/detach-below.ts'
import type { ContainerContext } from '../context.ts'
import { isUp } from './is-up.ts'

/** Where containers have their files. Their own roots are mounted in the namespaces of their monitors, never on the host. */
const PLACES = ['containers', 'layers', 'tmp']

/** Mounts of the host in what belongs to containers: shared memory of those that run is all that may be there. */
export async function strayMounts(context: ContainerContext): Promise<Finding[]> {
  const { dataRoot, execRoot } = context.needs.instance
  const bundles = join(await realpath(execRoot), 'containers')
  const places = [bundles, ...PLACES.map(name => join(dataRoot, name))]
  const points = (await Promise.all(places.map(mountPointsBelow))).flat()
  return points.filter(point => !isSharedMemory(context, bundles, point)).map(strayMount)
}

function isSharedMemory(context: ContainerContext, bundles: string, point: string): boolean {
  if (!point.startsWith(`${bundles}/`)) return false
  const [id = '', name] = point.slice(bundles.length + 1).split('/')
  return name === 'shm' && isUp(context, id)
}

const strayMount = (point: string): Finding => ({
  kind: 'mount',
  subject: point,
  trouble: 'no container that runs has it',
  remedy: 'unmount it; whoever is in it keeps it until then',
  mend: async () => {
    await detachBelow(point)
  },
})
