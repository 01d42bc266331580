import { HISTORY, type HistoryRecordMessage } from '../../../wire/buildkit/history.ts'
import { millisecondsOf } from '../../../wire/buildkit/timestamp.ts'
import { openCall } from '../../../wire/grpc/client.ts'
import type { Http2Connection } from '../../../wire/http2/connection.ts'
import { CommandFailure } from '../../failures.ts'

/** Builds that are kept, the newest first. */
export async function readRecords(builder: Http2Connection): Promise<HistoryRecordMessage[]> {
  const call = await openCall(builder, HISTORY.listen)
  await call.send({ earlyExit: true })
  await call.end()
  const records: HistoryRecordMessage[] = []
  for await (const { record } of call.responses) if (record) records.push(record)
  return records.reverse()
}

/** By a ref or the beginning of one; '' and `^0` are the newest, `^1` the one before it. As buildx names them. */
export function findRecord(records: readonly HistoryRecordMessage[], name: string): HistoryRecordMessage {
  const offset = /^\^(\d+)$/.exec(name || '^0')?.[1]
  if (offset !== undefined) {
    const found = records[Number(offset)]
    if (!found) throw new CommandFailure('ERROR: no records found')
    return found
  }
  const wanted = name.split('/').at(-1)!
  const found = records.filter(({ ref }) => ref.startsWith(wanted))
  if (found.length === 1) return found[0]!
  throw new CommandFailure(
    `ERROR: ${found.length === 0 ? 'no' : 'more than one'} record found for ref ${JSON.stringify(name)}`,
  )
}

export function statusOf({ completedAt, error }: HistoryRecordMessage): string {
  if (!completedAt) return 'Running'
  if (!error) return 'Completed'
  return error.code === 1 ? 'Canceled' : 'Error'
}

export function durationOf({ createdAt, completedAt }: HistoryRecordMessage): string {
  if (!createdAt) return ''
  const seconds = ((completedAt ? millisecondsOf(completedAt) : Date.now()) - millisecondsOf(createdAt)) / 1000
  return seconds < 60 ? `${seconds.toFixed(1)}s` : `${Math.floor(seconds / 60)}m ${Math.floor(seconds % 60)}s`
}

/** What people know a build by: its directory, and what of it was built. */
export function nameOf({ frontendAttributes }: HistoryRecordMessage): string {
  const { filename = '', target = '' } = frontendAttributes
  const parts = [frontendAttributes['vcs:localdir:context'] ?? '']
  if (filename !== '' && filename !== 'Dockerfile') parts.push(filename)
  const name = parts.filter(part => part !== '').join('/')
  return target ? `${name} (${target})` : name
}
