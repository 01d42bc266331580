import { type Filters, filtersQuery } from '../client/containers.ts'
import { custom } from '../formats/command-line/flag-types.ts'

/** `--filter name=value`, repeated. */
export const filterFlag = (usage: string, settings: { short?: string } = { short: 'f' }) =>
  custom<Filters>('filter', addFilter, usage, { default: {}, ...settings })

function addFilter(text: string, before: Filters): Filters {
  if (text === '') return before
  const at = text.indexOf('=')
  if (at < 0) throw new Error('bad format of filter (expected name=value)')
  const name = text.slice(0, at).trim().toLowerCase()
  return { ...before, [name]: [...(before[name] ?? []), text.slice(at + 1).trim()] }
}

export { type Filters, filtersQuery }
