import type { Operation } from '../http/operation.ts'
import { refusedOperations } from './not-implemented.ts'
import { type SystemNeeds, systemOperations } from './system/operations.ts'

/** The parts of the engine that the doors use, each its narrow part. */
export type EngineNeeds = { system: SystemNeeds }

/** Every door of the Engine API; what is no door yet answers 501. */
export const engineOperations = (needs: EngineNeeds): Operation[] => [
  ...systemOperations(needs.system),
  ...refusedOperations(),
]
