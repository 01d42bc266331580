import { isRunning } from '../container.ts'
import type { ContainerContext } from '../context.ts'

/** Whether a container runs, or is on its way to it. */
export function isUp({ table }: ContainerContext, id: string): boolean {
  const container = table.get(id)
  return container !== undefined && (container.monitor !== undefined || isRunning(container.record.state))
}
