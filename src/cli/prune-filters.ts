import type { Filters } from '../client/containers.ts'
import type { Session } from './session.ts'

/** The filters of the command line with those of the configuration's `pruneFilters`; of two that contradict each other the former hold. */
export async function withConfiguredFilters(session: Session, given: Filters): Promise<Filters> {
  const { pruneFilters = [] } = (await session.config()).contents
  const filters: Filters = { ...given }
  for (const text of pruneFilters) {
    const at = text.indexOf('=')
    if (at < 0) continue
    const [key, value] = [text.slice(0, at), text.slice(at + 1)]
    const opposite = key === 'label' ? 'label!' : key === 'label!' ? 'label' : undefined
    if (opposite && given[opposite]?.includes(value)) continue
    filters[key] = [...new Set([...(filters[key] ?? []), value])]
  }
  return filters
}
