import type { Containers } from '../../../engine/containers/containers.ts'
import { LIST_FILTERS } from '../../../engine/containers/list-filters.ts'
import type { ContainerSummary } from '../../../formats/engine-api/container.ts'
import { type ApiVersion, json, type Operation } from '../../http/operation.ts'

export const containerList = (containers: Pick<Containers, 'list' | 'summary' | 'allSizes'>): Operation => ({
  id: 'ContainerList',
  method: 'GET',
  path: '/containers/json',
  handle: async ({ query, version }) => {
    const filters = query.filters(LIST_FILTERS)
    const found = containers.list({ all: query.flag('all'), limit: query.integer('limit') ?? 0, filters })
    const now = Date.now()
    const summaries = found.map(container => shownTo(version, containers.summary(container, now)))
    if (!query.flag('size')) return json(200, summaries)
    const sizes = await containers.allSizes(found)
    return json(
      200,
      summaries.map((summary, index) => ({ ...summary, ...sizes[index] })),
    )
  },
})

const shownTo = (version: ApiVersion, { Health, ...summary }: ContainerSummary): ContainerSummary =>
  version.atLeast('1.52') ? { ...summary, Health } : summary
