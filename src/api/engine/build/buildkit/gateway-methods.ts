import { randomBytes } from 'node:crypto'
import type { RunBuild } from '../../../../engine/build/contract.ts'
import { digestOf } from '../../../../formats/digest/digest.ts'
import { BUILD_ID, GATEWAY } from '../../../../wire/buildkit/gateway.ts'
import { Definition, Operation, OperationMetadata, SourceOperation } from '../../../../wire/buildkit/operations.ts'
import type { Metadata } from '../../../../wire/grpc/metadata.ts'
import { type ServerMethods, unary } from '../../../../wire/grpc/server.ts'
import { GrpcError, statusName } from '../../../../wire/grpc/status.ts'
import { FRONTEND_CAPABILITIES, OPERATION_CAPABILITIES } from './capabilities.table.ts'
import { resultIdentifier } from './contexts.ts'
import { buildkitFaults } from './faults.ts'
import type { Job, Jobs } from './jobs.ts'
import { answerCall } from './solve.ts'
import { type WorkerFacts, workerRecord } from './worker.ts'

export type GatewayNeeds = { jobs: Jobs; worker: () => WorkerFacts; build: RunBuild }

const enabled = (id: string) => ({ id, enabled: true, deprecated: false, disabledReason: '' })

/** The bridge by which clients drive a build themselves. Nothing is built before they return what they want of it. */
export function gatewayMethods({ jobs, worker, build }: GatewayNeeds): ServerMethods {
  const jobOf = (metadata: Metadata, signal: AbortSignal): Promise<Job> =>
    jobs.get(metadata[BUILD_ID]?.[0] ?? '', signal)
  return {
    [GATEWAY.ping.path]: unary(GATEWAY.ping.request, GATEWAY.ping.response, async (_, { metadata, signal }) => {
      await jobOf(metadata, signal)
      return {
        frontendCapabilities: FRONTEND_CAPABILITIES.map(enabled),
        operationCapabilities: OPERATION_CAPABILITIES.map(enabled),
        workers: [workerRecord(worker())],
      }
    }),
    [GATEWAY.solve.path]: unary(GATEWAY.solve.request, GATEWAY.solve.response, async (solve, { metadata, signal }) => {
      const job = await jobOf(metadata, signal)
      if (solve.frontend === '') throw buildkitFaults.DEFINITION()
      if (solve.options.requestid) {
        const metadata = await answerCall(build, job, solve, signal)
        return { ref: '', result: { ref: undefined, refs: undefined, metadata } }
      }
      const id = randomBytes(12).toString('hex')
      job.gateway.add(id, solve)
      return { ref: id, result: { ref: { id, definition: resultDefinition(job.ref) }, refs: undefined, metadata: {} } }
    }),
    [GATEWAY.return.path]: unary(GATEWAY.return.request, GATEWAY.return.response, async (returned, call) => {
      const { gateway } = await jobOf(call.metadata, call.signal)
      const { error, result } = returned
      if (error && error.code !== 0) gateway.fail(new GrpcError(statusName(error.code), error.message, error.details))
      else gateway.return(result)
      return {}
    }),
    // What is evaluated is built when it is returned.
    [GATEWAY.evaluate.path]: unary(GATEWAY.evaluate.request, GATEWAY.evaluate.response, () => ({})),
    [GATEWAY.inputs.path]: unary(GATEWAY.inputs.request, GATEWAY.inputs.response, () => ({})),
    [GATEWAY.warn.path]: unary(GATEWAY.warn.request, GATEWAY.warn.response, () => ({})),
  }
}

/** The least that clients take for steps: one source, and the end that points at it. */
function resultDefinition(ref: string) {
  const source = SourceOperation.of({ identifier: resultIdentifier(ref) })
  const operation = Operation.encode({ source })
  const digest = digestOf(operation)
  const end = Operation.encode({ inputs: [{ digest, index: 0 }] })
  const metadata = { [digest]: OperationMetadata.zero(), [digestOf(end)]: OperationMetadata.zero() }
  return Definition.of({ operations: [operation, end], metadata })
}
