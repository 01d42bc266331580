import { defineFaults } from '../../../base/faults.ts'
import type { EngineEvent } from '../../../engine/events/event.ts'
import type { Events } from '../../../engine/events/events.ts'
import { EVENT_FILTERS } from '../../../engine/events/filter.ts'
import { printEvent } from '../../../engine/events/print.ts'
import type { ApiRequest, Operation } from '../../http/operation.ts'
import { parseMoment } from './moment.ts'

const faults = defineFaults('EVENTS', {
  BACKWARDS: {
    kind: 'invalid',
    message: (since: string, until: string) => `since time (${since}) cannot be after until time (${until})`,
  },
})
/** RFC 7464. */
const RECORD_SEPARATOR = '\x1e'

export const systemEvents = (events: Events): Operation => ({
  id: 'SystemEvents',
  method: 'GET',
  path: '/events',
  handle: request => {
    const { query, signal } = request
    const [since, until] = [parseMoment('since', query.text('since')), parseMoment('until', query.text('until'))]
    if (since !== undefined && until !== undefined && since > until)
      throw faults.BACKWARDS(query.text('since') ?? '', query.text('until') ?? '')
    const filters = query.filters(EVENT_FILTERS)
    const stream = events.subscribe({ since, until, filters, signal })
    const contentType = mediaTypeFor(request)
    return { kind: 'stream', status: 200, contentType, body: printed(stream, request, contentType) }
  },
})

/** Until 1.51 it called itself application/json, which a stream of values is not. */
function mediaTypeFor({ version, headers }: ApiRequest): string {
  if (!version.atLeast('1.52')) return 'application/json'
  const accepted = (headers.accept ?? '').split(',').map(type => type.split(';')[0]?.trim().toLowerCase())
  const offered = ['application/jsonl', 'application/x-ndjson', 'application/json-seq']
  return accepted.map(type => offered.find(one => one === type)).find(Boolean) ?? 'application/jsonl'
}

async function* printed(
  stream: AsyncIterable<EngineEvent>,
  request: ApiRequest,
  contentType: string,
): AsyncGenerator<string> {
  const shape = { legacy: !request.version.atLeast('1.52') }
  const start = contentType === 'application/json-seq' ? RECORD_SEPARATOR : ''
  for await (const event of stream) yield `${start}${printEvent(event, shape)}\n`
}
