import { describe, Fault } from '../../../../base/faults.ts'
import { logger } from '../../../../base/log.ts'
import type { BuildProgress, ReportProgress, RunBuild } from '../../../../engine/build/contract.ts'
import { SolveRequest, type SolveRequestMessage } from '../../../../wire/buildkit/control.ts'
import type { GatewaySolveMessage, ResultMessage } from '../../../../wire/buildkit/gateway.ts'
import { GrpcError } from '../../../../wire/grpc/status.ts'
import { buildRequest } from './build-request.ts'
import { FailureSource } from './failure-source.ts'
import { buildkitFaults } from './faults.ts'
import type { Job, Jobs } from './jobs.ts'
import { SessionClient } from './session-client.ts'
import type { Session, Sessions } from './sessions.ts'

const log = logger('build')

export type SolveNeeds = { build: RunBuild; sessions: Sessions; jobs: Jobs }

/** One build from the client's request to its answer, which is what the exporters say. */
export async function solve(
  needs: SolveNeeds,
  request: SolveRequestMessage,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const session = await needs.sessions.get(request.session, signal)
  // A client that goes takes its build along: nobody could give it files any more.
  const gone = AbortSignal.any([signal, session.connection.signal])
  return await needs.jobs.run(request.ref, session, async job => {
    const source = new FailureSource()
    const report = (progress: BuildProgress) => {
      source.take(progress)
      job.feed.report(progress)
    }
    try {
      return await solveJob(needs.build, request, job, report, gone)
    } catch (failure) {
      throw asBuildkit(failure, source, gone)
    }
  })
}

async function solveJob(
  build: RunBuild,
  request: SolveRequestMessage,
  job: Job,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const frontend = await wantedFrontend(request, job, signal)
  if (!frontend) return {}
  const wanted = buildRequest(request, frontend, new SessionClient(job.session), nameOf(job.session))
  const { response } = await build(wanted, report, signal)
  return response
}

/** What a client asks over the bridge and wants an answer to at once: nothing is built for it. */
export async function answerCall(
  build: RunBuild,
  { ref, session, feed }: Job,
  frontend: GatewaySolveMessage,
  signal: AbortSignal,
): Promise<Record<string, Uint8Array>> {
  const nothing = SolveRequest.of({ ref })
  const wanted = buildRequest(nothing, frontend, new SessionClient(session), nameOf(session))
  const { response } = await build(wanted, feed.report, AbortSignal.any([signal, session.connection.signal]))
  return Object.fromEntries(Object.entries(response).map(([name, value]) => [name, Buffer.from(value)]))
}

const nameOf = ({ name }: Session): string => name || 'build'

/** Named in the request itself, or brought about step by step over the bridge; undefined if nothing is to be built. */
async function wantedFrontend(request: SolveRequestMessage, job: Job, signal: AbortSignal) {
  const { frontend, frontendAttributes: options, frontendInputs: inputs } = request
  if (frontend !== '') return { frontend, options, inputs, cacheImports: [] }
  if (request.definition && request.definition.operations.length > 0) throw buildkitFaults.DEFINITION()
  const id = referenceIn(await job.gateway.returned(signal))
  return id === undefined ? undefined : job.gateway.solve(id)
}

function referenceIn(result: ResultMessage | undefined): string | undefined {
  const refs = [result?.ref, ...Object.values(result?.refs?.refs ?? {})]
  return refs.map(ref => ref?.id).find(id => id !== undefined && id !== '')
}

/** BuildKit's own failures have no code, and its clients print a code as a part of the text. */
function asBuildkit(failure: unknown, source: FailureSource, signal: AbortSignal): GrpcError {
  if (failure instanceof GrpcError) return failure
  if (signal.aborted) return new GrpcError('CANCELLED', 'context canceled')
  if (failure instanceof Fault && failure.kind !== 'internal') {
    return new GrpcError('UNKNOWN', failure.message, source.details(failure))
  }
  log.error('a build failed by a fault of ours', { error: failure })
  return new GrpcError('INTERNAL', `internal error: ${describe(failure).split('\n', 1)[0]}`)
}
