import type { RunBuild } from '../../../../engine/build/contract.ts'
import type { Operation } from '../../../http/operation.ts'
import { controlMethods } from './control-methods.ts'
import { gatewayMethods } from './gateway-methods.ts'
import { grpcDoor } from './grpc.ts'
import { Jobs } from './jobs.ts'
import { sessionDoor } from './session.ts'
import { Sessions } from './sessions.ts'
import type { WorkerFacts } from './worker.ts'

export type BuildkitNeeds = { build: RunBuild; worker: () => WorkerFacts }

/** The doors that BuildKit's clients come by: one for what they ask of the builder, one for what it asks of them. */
export function buildkitOperations({ build, worker }: BuildkitNeeds): Operation[] {
  const sessions = new Sessions()
  const jobs = new Jobs()
  const methods = {
    ...controlMethods({ build, sessions, jobs, worker }),
    ...gatewayMethods({ jobs, worker }),
  }
  return [grpcDoor(methods), sessionDoor(sessions)]
}
