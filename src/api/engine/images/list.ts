import type { Images } from '../../../engine/images/images.ts'
import { IMAGE_FILTERS } from '../../../engine/images/list-images.ts'
import type { ImageSummary } from '../../../formats/engine-api/image.ts'
import { type ApiVersion, json, type Operation, type Query } from '../../http/operation.ts'

export const imageList = (images: Pick<Images, 'list'>): Operation => ({
  id: 'ImageList',
  method: 'GET',
  path: '/images/json',
  handle: ({ query, version }) => {
    const found = images.list({
      all: query.flag('all'),
      sharedSize: version.atLeast('1.42') && query.flag('shared-size'),
      containerCount: version.atLeast('1.51'),
      filters: filtersOf(query, version),
    })
    return json(
      200,
      found.map(summary => shaped(summary, version)),
    )
  },
})

/** Before 1.41 a pattern could also be given as `filter`. */
function filtersOf(query: Query, version: ApiVersion): Map<string, readonly string[]> {
  const filters = new Map(query.filters(IMAGE_FILTERS))
  const pattern = version.atLeast('1.41') ? undefined : query.text('filter')
  if (pattern) filters.set('reference', [...(filters.get('reference') ?? []), pattern])
  return filters
}

function shaped(summary: ImageSummary, version: ApiVersion): ImageSummary {
  const { VirtualSize, ...rest } = summary
  if (version.atLeast('1.44')) return rest
  const isNameless = summary.RepoTags?.length === 0 && summary.RepoDigests?.length === 0
  if (version.atLeast('1.43') || !isNameless) return { ...rest, VirtualSize }
  return { ...rest, VirtualSize, RepoTags: ['<none>:<none>'], RepoDigests: ['<none>@<none>'] }
}
