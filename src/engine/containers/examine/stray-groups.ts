import { join } from 'node:path'
import type { Finding } from '../../../base/finding.ts'
import { type ContainerContext, cgroupOf } from '../context.ts'
import { examineFaults } from './faults.ts'
import { isUp } from './is-up.ts'

/** Cgroups that no container runs in, below the parent of the instance and wherever containers have been told to have theirs. */
export async function strayGroups(context: ContainerContext, isOthers: (group: string) => boolean): Promise<Finding[]> {
  const { instance, cgroups } = context.needs
  const parents = new Map<string, string[]>()
  for (const parent of parentsOf(context)) parents.set(parent, await cgroups.namesIn(parent))
  return [...parents].flatMap(([parent, names]) =>
    names
      // Below a parent that others share only what has the name of one of ours is ours.
      .filter(name => !isUp(context, name) && (parent === instance.cgroupParent || context.table.has(name)))
      .filter(name => !isOthers(name))
      .map(name => strayGroup(context, join(parent, name), name)),
  )
}

const parentsOf = (context: ContainerContext): Set<string> =>
  new Set([
    context.needs.instance.cgroupParent,
    ...context.table.all().map(container => join(cgroupOf(context, container), '..')),
  ])

const strayGroup = (context: ContainerContext, path: string, name: string): Finding => ({
  kind: 'cgroup',
  subject: path,
  trouble: 'no container runs in it',
  remedy: 'kill what is in it, and remove it',
  mend: () =>
    context.locks.run(name, async () => {
      if (isUp(context, name)) return
      await context.table.get(name)?.gone
      if (!(await context.needs.cgroups.remove(path))) throw examineFaults.GROUP_STAYS(path)
    }),
})
