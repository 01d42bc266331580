import { httpFaults } from './faults.ts'
import { parseFilters } from './filters.ts'
import type { Filters, Query } from './operation.ts'

const NO = new Set(['', '0', 'no', 'false', 'none'])

/** Docker's reading of a query string (`?a=1&b`). */
export class SearchQuery implements Query {
  readonly #search: string
  #parsed: URLSearchParams | undefined

  constructor(search: string) {
    this.#search = search
  }

  get #values(): URLSearchParams {
    this.#parsed ??= new URLSearchParams(this.#search)
    return this.#parsed
  }

  text(name: string): string | undefined {
    return this.#search === '' ? undefined : (this.#values.get(name) ?? undefined)
  }

  all(name: string): string[] {
    return this.#search === '' ? [] : this.#values.getAll(name)
  }

  flag(name: string, byDefault = false): boolean {
    const value = this.text(name)
    return value === undefined ? byDefault : !NO.has(value.trim().toLowerCase())
  }

  integer(name: string): number | undefined {
    const value = this.text(name)
    if (value === undefined || value === '') return undefined
    if (!/^[+-]?\d{1,16}$/.test(value) || !Number.isSafeInteger(Number(value)))
      throw httpFaults.BAD_INTEGER(name, value.slice(0, 100))
    return Number(value)
  }

  filters(allowed: readonly string[]): Filters {
    return parseFilters(this.text('filters'), allowed)
  }
}
