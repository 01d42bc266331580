import type { Labels } from '../../../formats/engine-api/common.ts'
import type { ContainerConfig } from '../../../formats/engine-api/container.ts'
import { containerFaults } from '../faults.ts'

/** What changes of the config; one that is not there can be removed as well. Throws 400 for a label without a name. */
export function changeLabels(
  { Labels }: ContainerConfig,
  add: Labels,
  remove: readonly string[],
): Pick<ContainerConfig, 'Labels'> {
  if (Object.keys(add).length === 0 && remove.length === 0) return {}
  if (Object.hasOwn(add, '') || remove.includes('')) throw containerFaults.LABEL_NAME()
  const left = Object.entries(Labels ?? {}).filter(([name]) => !remove.includes(name))
  return { Labels: Object.fromEntries([...left, ...Object.entries(add)]) }
}
