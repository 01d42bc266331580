import type { Filters } from '../../client/containers.ts'

/** `type=regular`, `until=24h` in the words of BuildKit. */
export const cacheFilters = (filters: Filters): string[] =>
  Object.entries(filters).flatMap(([name, values]) =>
    values.map(value => (name === 'id' ? `id~=${value}` : `${name}==${value}`)),
  )
