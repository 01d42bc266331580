import { parseCsvLine } from '../../formats/csv/csv.ts'
import { CommandFailure, messageOf } from '../failures.ts'

/** `type=local,dest=out` as pairs, in order; undefined if no value has a name. */
export function csvPairs(text: string): [string, string][] | undefined {
  const fields = csvFields(text)
  if (!fields.some(field => field.includes('='))) return undefined
  return fields.map(field => {
    const at = field.indexOf('=')
    if (at < 0) throw new CommandFailure(`ERROR: invalid value ${field}`)
    return [field.slice(0, at).trim().toLowerCase(), field.slice(at + 1)]
  })
}

export function csvFields(text: string): string[] {
  try {
    return parseCsvLine(text)
  } catch (failure) {
    throw new CommandFailure(`ERROR: ${messageOf(failure)}`, 1, failure)
  }
}

/** Values as one line of comma-separated values, quoted where they have to be. */
export const csvLine = (values: readonly string[]): string =>
  values.map(value => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)).join(',')
