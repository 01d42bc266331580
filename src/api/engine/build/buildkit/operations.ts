import type { Operation } from '../../../http/operation.ts'
import { type ControlNeeds, controlMethods } from './control-methods.ts'
import { gatewayMethods } from './gateway-methods.ts'
import { grpcDoor } from './grpc.ts'
import { Jobs } from './jobs.ts'
import { sessionDoor } from './session.ts'
import { Sessions } from './sessions.ts'

export type BuildkitNeeds = Pick<ControlNeeds, 'build' | 'worker' | 'upkeep' | 'history'>

/** The doors that BuildKit's clients come by: one for what they ask of the builder, one for what it asks of them. */
export function buildkitOperations(needs: BuildkitNeeds): Operation[] {
  const sessions = new Sessions()
  const jobs = new Jobs()
  const methods = {
    ...controlMethods({ ...needs, sessions, jobs }),
    ...gatewayMethods({ ...needs, jobs }),
  }
  return [grpcDoor(methods), sessionDoor(sessions)]
}
