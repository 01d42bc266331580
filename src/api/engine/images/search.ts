import { imageFaults } from '../../../engine/images/faults.ts'
import type { Images } from '../../../engine/images/images.ts'
import { credentialsFromHeader } from '../../../engine/images/registry/credentials.ts'
import type { FoundRepository } from '../../../engine/images/registry/search.ts'
import { type Filters, json, type Operation } from '../../http/operation.ts'

const FILTERS = ['is-automated', 'is-official', 'stars']
const USUAL_LIMIT = 25
const MOST = 100

export const imageSearch = (images: Pick<Images, 'search'>): Operation => ({
  id: 'ImageSearch',
  method: 'GET',
  path: '/images/search',
  handle: async ({ query, headers, signal }) => {
    const limit = query.integer('limit') || USUAL_LIMIT
    if (limit < 1 || limit > MOST) throw imageFaults.SEARCH_LIMIT(limit, MOST)
    const isWanted = compile(query.filters(FILTERS))
    const credentials = credentialsFromHeader(headers['x-registry-auth'])
    const request = { term: query.text('term') ?? '', limit, ...(credentials && { credentials }) }
    return json(200, (await images.search(request, signal)).filter(isWanted))
  },
})

function compile(filters: Filters): (found: FoundRepository) => boolean {
  const automated = boolean(filters, 'is-automated')
  const official = boolean(filters, 'is-official')
  const stars = Math.max(0, ...(filters.get('stars') ?? []).map(number))
  return found =>
    (automated === undefined || found.is_automated === automated) &&
    (official === undefined || found.is_official === official) &&
    found.star_count >= stars
}

function boolean(filters: Filters, key: string): boolean | undefined {
  const values = filters.get(key)
  if (values === undefined || values.length === 0) return undefined
  const [value = ''] = values
  if (values.length === 1 && ['1', 'true'].includes(value)) return true
  if (values.length === 1 && ['0', 'false'].includes(value)) return false
  throw imageFaults.FILTER(key, values.join(' '))
}

function number(text: string): number {
  if (!/^[+-]?\d{1,15}$/.test(text)) throw imageFaults.SEARCH_STARS(text)
  return Number(text)
}
