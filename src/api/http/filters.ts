import { httpFaults } from './faults.ts'
import type { Filters } from './operation.ts'

/** `{"label":{"a=b":true}}`, or `{"label":["a=b"]}` of clients before API 1.22. A key that is not allowed is refused by name. */
export function parseFilters(text: string | undefined, allowed: readonly string[]): Filters {
  const filters = new Map<string, readonly string[]>()
  if (!text) return filters
  for (const [key, value] of Object.entries(objectOf(text))) {
    const values = valuesOf(value)
    if (!allowed.includes(key)) throw httpFaults.UNKNOWN_FILTER(key)
    if (values.length > 0) filters.set(key, values)
  }
  return filters
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function objectOf(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text)
    if (parsed === null) return {}
    if (isObject(parsed)) return parsed
  } catch {}
  throw httpFaults.BAD_FILTERS()
}

function valuesOf(value: unknown): string[] {
  if (value === null) return []
  if (Array.isArray(value) && value.every(one => typeof one === 'string')) return [...new Set(value)]
  if (isObject(value) && Object.values(value).every(one => typeof one === 'boolean')) return Object.keys(value)
  throw httpFaults.BAD_FILTERS()
}
