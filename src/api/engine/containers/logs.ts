import { parseTimestamp, parseUnix, TimestampError } from '../../../base/timestamps.ts'
import type { Containers } from '../../../engine/containers/containers.ts'
import { logFaults } from '../../../engine/logs/faults.ts'
import type { LogOptions } from '../../../engine/logs/log-options.ts'
import { MULTIPLEXED, RAW } from '../../../formats/multiplexed-stream/multiplexed-stream.ts'
import type { Operation, Query } from '../../http/operation.ts'

export const containerLogs = (containers: Pick<Containers, 'get' | 'logs'>): Operation => ({
  id: 'ContainerLogs',
  method: 'GET',
  path: '/containers/{id}/logs',
  handle: ({ params, query, signal, version }) => {
    const container = containers.get(params.id ?? '')
    const framed = !container.record.config.Tty
    const body = containers.logs(container, logOptions(query, framed), signal)
    const contentType = framed && version.atLeast('1.42') ? MULTIPLEXED : RAW
    return { kind: 'stream', status: 200, contentType, body }
  },
})

function logOptions(query: Query, framed: boolean): LogOptions {
  return {
    stdout: query.flag('stdout'),
    stderr: query.flag('stderr'),
    follow: query.flag('follow'),
    since: moment(query, 'since'),
    until: moment(query, 'until'),
    tail: tail(query.text('tail')),
    timestamps: query.flag('timestamps'),
    details: query.flag('details'),
    framed,
  }
}

/** Unix seconds with a fraction, or RFC 3339; '' and 0 are no limit. Durations are made into moments by clients. */
function moment(query: Query, name: string): bigint | undefined {
  const text = query.text(name)
  if (!text || text === '0') return undefined
  try {
    return /^-?\d+(\.\d*)?$/.test(text) ? parseUnix(text.replace(/\.$/, '')) : parseTimestamp(text)
  } catch (failure) {
    if (failure instanceof TimestampError) throw logFaults.BAD_TIME(name, text.slice(0, 100), { cause: failure })
    throw failure
  }
}

/** Whatever is no number counts as `all`, as with Docker. */
const tail = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
