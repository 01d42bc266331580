import { Fault } from '../../base/faults.ts'
import { type ContainerContext, emit } from './context.ts'
import { containerFaults } from './faults.ts'
import type { LiveContainer } from './live-container.ts'

export const renameContainer = (context: ContainerContext, container: LiveContainer, wanted: string): Promise<void> =>
  context.locks.run(container.id, () => {
    const oldName = container.record.name
    if (wanted === '') throw containerFaults.NO_NEW_NAME()
    if (wanted.replace(/^\//, '') === oldName) throw containerFaults.SAME_NAME()
    const name = reserve(context, container, wanted)
    const { networks } = context.needs
    try {
      const attachment = networks.rename(container.id, name)
      context.table.replace(container, { ...container.record, name, ...(attachment && { attachment }) })
    } catch (failure) {
      networks.rename(container.id, oldName)
      context.table.unreserve(name)
      throw failure
    }
    emit(context, container, 'rename', { oldName: `/${oldName}` })
  })

function reserve(context: ContainerContext, container: LiveContainer, wanted: string): string {
  try {
    return context.table.reserve(wanted.startsWith('/') ? wanted : `/${wanted}`, container.id)
  } catch (failure) {
    if (!(failure instanceof Fault)) throw failure
    const fault = failure.kind === 'conflict' ? containerFaults.RENAME_TAKEN : containerFaults.RENAME
    throw fault(failure.message)
  }
}
