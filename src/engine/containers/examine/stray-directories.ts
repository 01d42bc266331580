import { join } from 'node:path'
import type { Finding } from '../../../base/finding.ts'
import { clearAway } from '../clear-away.ts'
import type { ContainerContext } from '../context.ts'
import { orphanDirectories, removedPaths, sweep } from '../sweep.ts'

/** Directories of no container, and what removals could not delete. */
export async function strayDirectories(context: ContainerContext): Promise<Finding[]> {
  const { dataRoot } = context.needs.instance
  const orphans = await orphanDirectories(context)
  const removed = await removedPaths(dataRoot)
  return [...orphans.map(id => orphan(context, id)), ...removed.map(leftOfRemoval)]
}

const orphan = (context: ContainerContext, id: string): Finding => ({
  kind: 'directory',
  subject: join(context.needs.instance.dataRoot, 'containers', id),
  trouble: 'belongs to no container',
  remedy: 'end what runs in it, and delete it',
  mend: async () => {
    if (!context.table.has(id)) await clearAway(await sweep(context, id))
  },
})

const leftOfRemoval = (path: string): Finding => ({
  kind: 'directory',
  subject: path,
  trouble: 'is left of a container that was removed',
  remedy: 'delete it',
  mend: () => clearAway(path),
})
