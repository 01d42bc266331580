import { humanDuration } from '../../base/durations.ts'
import { formatBytes } from '../../base/units.ts'
import type { UsageRecordMessage } from '../../wire/buildkit/control.ts'
import { millisecondsOf, type Timestamp } from '../../wire/buildkit/timestamp.ts'

/** The table of buildx: a star at the id of what builds write to, and at the size of what images share. */
export const USAGE_HEADER = 'ID\t\t\t\t\t\tRECLAIMABLE\tSIZE\t\tLAST ACCESSED'

export function usageLine({ id, mutable, inUse, size, shared, lastUsedAt }: UsageRecordMessage): string {
  const name = `${id}${mutable ? '*' : ''}`.padEnd(40)
  const bytes = `${formatBytes(size, 4)}${shared ? '*' : ''}`.padEnd(10)
  return `${name}\t${String(!inUse).padEnd(5)}\t\t${bytes}\t${lastUsedAt ? ago(lastUsedAt) : ''}`
}

/** Everything that is known of a record. */
export function usageDetails(record: UsageRecordMessage): string {
  const { id, createdAt, mutable, inUse, shared, size, description, usageCount, lastUsedAt, recordType } = record
  const rows: [string, string][] = [
    ['ID:\t\t', id],
    ['Created at:\t', createdAt ? shownTime(createdAt) : ''],
    ['Mutable:\t', String(mutable)],
    ['Reclaimable:\t', String(!inUse)],
    ['Shared:\t\t', String(shared)],
    ['Size:\t\t', formatBytes(size, 4)],
    ['Description:\t', description],
    ['Usage count:\t', String(usageCount)],
    ['Last used:\t', lastUsedAt ? ago(lastUsedAt) : ''],
    ['Type:\t\t', recordType],
  ]
  return rows
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}${value}\n`)
    .join('')
}

/** How much there is, and how much could go. */
export function usageTotals(records: readonly UsageRecordMessage[]): string[] {
  const sum = (some: readonly UsageRecordMessage[]) => some.reduce((total, { size }) => total + size, 0)
  const shared = sum(records.filter(record => record.shared))
  const total = sum(records)
  return [
    ...(shared > 0 ? [`Shared:\t\t${formatBytes(shared, 4)}`, `Private:\t${formatBytes(total - shared, 4)}`] : []),
    `Reclaimable:\t${formatBytes(sum(records.filter(({ inUse }) => !inUse)), 4)}`,
    `Total:\t\t${formatBytes(total, 4)}`,
  ]
}

const ago = (time: Timestamp): string => `${humanDuration(Date.now() - millisecondsOf(time))} ago`
const shownTime = (time: Timestamp): string =>
  `${new Date(millisecondsOf(time)).toISOString().replace('T', ' ').replace('Z', '')} +0000 UTC`
