import type { CacheUpkeep } from '../../../../engine/build/cache/cache-upkeep.ts'
import { compileCacheFilters } from '../../../../engine/build/cache/prune-query.ts'
import { CONTROL } from '../../../../wire/buildkit/control.ts'
import { type ServerMethods, serverStreaming, unary } from '../../../../wire/grpc/server.ts'
import { message } from '../../../../wire/protobuf/message.ts'
import { type HistoryNeeds, historyMethods, pastStatus } from './history-methods.ts'
import { type SolveNeeds, solve } from './solve.ts'
import { statusMessages } from './status-messages.ts'
import { cacheFilters, cachePrune, usageRecord } from './usage-records.ts'
import { buildkitVersion, type WorkerFacts, workerRecord } from './worker.ts'

export type ControlNeeds = SolveNeeds & {
  worker: () => WorkerFacts
  upkeep: Pick<CacheUpkeep, 'list' | 'prune'>
  history: HistoryNeeds
}

/** The service that builds are asked for by. Source: moby/buildkit, api/services/control. */
export function controlMethods(needs: ControlNeeds): ServerMethods {
  const { worker, jobs, upkeep, history } = needs
  return {
    [CONTROL.solve.path]: unary(CONTROL.solve.request, CONTROL.solve.response, async (request, { signal }) => ({
      exporterResponse: await solve(needs, request, signal),
    })),
    [CONTROL.status.path]: serverStreaming(CONTROL.status.request, CONTROL.status.response, async ({ ref }, call) => {
      const past = jobs.hasNews(ref) ? undefined : history.get(ref)
      if (past && past.status !== 'running') {
        for await (const status of pastStatus(history, past)) await call.send(status)
        return
      }
      const job = await jobs.get(ref, call.signal)
      for await (const batch of job.feed.read(call.signal)) {
        for (const status of statusMessages(batch)) await call.send(status)
      }
    }),
    [CONTROL.listWorkers.path]: unary(CONTROL.listWorkers.request, CONTROL.listWorkers.response, () => ({
      records: [workerRecord(worker())],
    })),
    [CONTROL.info.path]: unary(CONTROL.info.request, CONTROL.info.response, () => ({
      version: buildkitVersion(worker()),
    })),
    [CONTROL.diskUsage.path]: unary(CONTROL.diskUsage.request, CONTROL.diskUsage.response, async ({ filter }) => {
      const matches = compileCacheFilters(cacheFilters(filter))
      return { records: (await upkeep.list()).filter(matches).map(usageRecord) }
    }),
    [CONTROL.prune.path]: serverStreaming(CONTROL.prune.request, CONTROL.prune.response, async (request, { send }) => {
      for (const record of await upkeep.prune(cachePrune(request))) await send(usageRecord(record))
    }),
    ...historyMethods(history),
    [TRACES]: unary(Ignored, Ignored, () => ({})),
  }
}

/** Clients tell of how long their own work took. Nobody here collects that, and a refusal would be shown as an error. */
const TRACES = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'
const Ignored = message({})
