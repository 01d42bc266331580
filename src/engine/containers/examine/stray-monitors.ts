import { join } from 'node:path'
import type { Finding } from '../../../base/finding.ts'
import { type FoundProcess, programsBelow } from '../../../host/processes/programs-below.ts'
import { containerPaths } from '../container-paths.ts'
import type { ContainerContext } from '../context.ts'
import { isUp } from './is-up.ts'

type StrayMonitor = FoundProcess & { id: string }

/** Monitors of containers that do not run: also those whose directories are gone, which nothing else would find. */
export async function strayMonitors(context: ContainerContext): Promise<Finding[]> {
  return (await monitors(context)).filter(({ id }) => !isUp(context, id)).map(monitor => strayMonitor(context, monitor))
}

/** Those of this instance, by their programs and the bundles that they were started with. */
async function monitors({ needs: { instance } }: ContainerContext): Promise<StrayMonitor[]> {
  const processes = await programsBelow(join(instance.dataRoot, 'bin'))
  return processes.flatMap(process => {
    const id = argument(process, '--id')
    const isOurs = id !== undefined && argument(process, '--bundle') === containerPaths(instance, id).bundle
    return isOurs ? [{ ...process, id }] : []
  })
}

function argument({ args }: FoundProcess, name: string): string | undefined {
  const at = args.indexOf(name)
  return at < 0 ? undefined : args[at + 1]
}

const strayMonitor = (context: ContainerContext, { pid, id }: StrayMonitor): Finding => ({
  kind: 'process',
  subject: String(pid),
  trouble: `holds a container that does not run: ${id}`,
  remedy: 'kill it with what it holds',
  mend: () =>
    context.locks.run(id, async () => {
      const still = await monitors(context)
      if (isUp(context, id) || !still.some(one => one.pid === pid && one.id === id)) return
      process.kill(pid, 'SIGKILL')
      await context.needs.cgroups.remove(join(context.needs.instance.cgroupParent, id))
    }),
})
