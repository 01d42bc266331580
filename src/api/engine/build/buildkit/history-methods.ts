import type { BuildHistory } from '../../../../engine/build/history/build-history.ts'
import { type BuildRecord, cachedSteps, type RecordedStep } from '../../../../engine/build/history/build-record.ts'
import type { Digest } from '../../../../formats/digest/digest.ts'
import type { StatusMessage } from '../../../../wire/buildkit/control.ts'
import { HISTORY, HISTORY_EVENT, HistoryRecord, type HistoryRequestMessage } from '../../../../wire/buildkit/history.ts'
import { timestampOf } from '../../../../wire/buildkit/timestamp.ts'
import { type ServerMethods, serverStreaming, unary } from '../../../../wire/grpc/server.ts'
import { STATUS_CODES } from '../../../../wire/grpc/status.ts'
import { buildkitFaults } from './faults.ts'
import { statusMessages } from './status-messages.ts'

export type HistoryNeeds = Pick<BuildHistory, 'list' | 'get' | 'logs' | 'pin' | 'remove' | 'listen'>

/** What builds there were, and what becomes of the record of one. */
export const historyMethods = (history: HistoryNeeds): ServerMethods => ({
  [HISTORY.listen.path]: serverStreaming(HISTORY.listen.request, HISTORY.listen.response, async (request, call) => {
    const waiting: BuildRecord[] = history.list().reverse()
    let wake = () => {}
    using _ = history.listen(record => {
      waiting.push(record)
      wake()
    })
    call.signal.addEventListener('abort', () => wake())
    while (!call.signal.aborted) {
      const record = waiting.shift()
      if (record && isWanted(record, request)) await call.send(eventOf(record))
      if (record) continue
      if (request.earlyExit) return
      await new Promise<void>(resolve => {
        wake = resolve
      })
    }
  }),
  [HISTORY.update.path]: unary(
    HISTORY.update.request,
    HISTORY.update.response,
    ({ ref, pinned, delete: gone, finalize }) => {
      const done = gone ? history.remove(ref) : finalize ? history.get(ref) !== undefined : history.pin(ref, pinned)
      if (!done) throw buildkitFaults.NO_BUILD(ref)
      return {}
    },
  ),
})

const isWanted = (record: BuildRecord, { ref, activeOnly }: HistoryRequestMessage): boolean =>
  (ref === '' || record.ref === ref) && (!activeOnly || record.status === 'running')

const time = (milliseconds: number) => timestampOf(BigInt(Math.trunc(milliseconds)) * 1_000_000n)

function eventOf(record: BuildRecord) {
  const { ref, name, dockerfile, target, platforms, started, completed, status, error, response, pinned, steps } =
    record
  const code = status === 'canceled' ? STATUS_CODES.CANCELLED : STATUS_CODES.UNKNOWN
  return {
    type: status === 'running' ? HISTORY_EVENT.STARTED : HISTORY_EVENT.COMPLETE,
    record: HistoryRecord.of({
      ref,
      frontend: 'dockerfile.v0',
      frontendAttributes: {
        filename: dockerfile,
        ...(name && { 'vcs:localdir:context': name }),
        ...(target && { target }),
        ...(platforms.length > 0 && { platform: platforms.join(',') }),
      },
      ...(error && { error: { code, message: error, details: [] } }),
      createdAt: time(started),
      ...(completed !== undefined && { completedAt: time(completed) }),
      exporterResponse: response,
      pinned,
      cachedSteps: cachedSteps(record),
      totalSteps: steps.length,
      completedSteps: steps.filter(one => one.completed !== undefined).length,
    }),
  }
}

/** The progress of a build that is over, as it was told while it ran. */
export async function* pastStatus(
  history: HistoryNeeds,
  record: BuildRecord,
): AsyncGenerator<Partial<StatusMessage>, void> {
  const vertices = record.steps.map(vertexOf)
  yield* statusMessages({ vertices, statuses: [], logs: [], warnings: [] })
  for await (const log of history.logs(record.ref)) {
    yield* statusMessages({ vertices: [], statuses: [], logs: [log], warnings: [] })
  }
}

const vertexOf = ({ digest, inputs, name, started, completed, cached, error }: RecordedStep) => ({
  digest: digest as Digest,
  inputs: inputs as Digest[],
  name,
  cached,
  ...(started !== undefined && { started: BigInt(started) }),
  ...(completed !== undefined && { completed: BigInt(completed) }),
  ...(error !== undefined && { error }),
})
