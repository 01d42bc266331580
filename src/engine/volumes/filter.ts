import { volumeFaults } from './faults.ts'
import type { Volume } from './volume.ts'

export const VOLUME_FILTERS = ['dangling', 'driver', 'label', 'name'] as const
type Filters = ReadonlyMap<string, readonly string[]>
type Candidate = { volume: Volume; holders: number }

/** Docker's `volume ls` filters: values of one key are alternatives (labels: all hold), keys all hold. */
export function volumeMatches(filters: Filters, { volume, holders }: Candidate): boolean {
  const some = (key: string, holds: (value: string) => boolean) => filters.get(key)?.some(holds) ?? true
  return (
    some('name', value => volume.name.includes(value)) &&
    some('driver', value => value === volume.driver) &&
    labelsMatch(volume, filters.get('label') ?? []) &&
    dangling(filters.get('dangling'), holders === 0)
  )
}

/** All of the wanted labels hold (`key` or `key=value`), and not all of the unwanted ones, as Docker reads `label!`. */
export const labelsMatch = (volume: Volume, wanted: readonly string[], unwanted: readonly string[] = []): boolean =>
  wanted.every(label => hasLabel(volume, label)) &&
  (unwanted.length === 0 || !unwanted.every(label => hasLabel(volume, label)))

function hasLabel({ labels }: Volume, wanted: string): boolean {
  const at = wanted.indexOf('=')
  const key = at < 0 ? wanted : wanted.slice(0, at)
  if (!labels || !Object.hasOwn(labels, key)) return false
  return at < 0 || labels[key] === wanted.slice(at + 1)
}

function dangling(values: readonly string[] | undefined, isDangling: boolean): boolean {
  if (!values || values.length === 0) return true
  const value = values[0]!
  if (values.length > 1 || !/^(1|t|true|0|f|false)$/i.test(value)) {
    throw volumeFaults.FILTER('dangling', values.join(' '))
  }
  return /^(1|t)/i.test(value) === isDangling
}
