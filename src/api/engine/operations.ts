import type { Operation } from '../http/operation.ts'
import { type BuildNeeds, buildOperations } from './build/operations.ts'
import { type ContainerDoorNeeds, containerOperations } from './containers/operations.ts'
import { type ExecNeeds, execOperations } from './exec/operations.ts'
import { type ImageNeeds, imageOperations } from './images/operations.ts'
import { type NetworkNeeds, networkOperations } from './networks/operations.ts'
import { refusedOperations } from './not-implemented.ts'
import { systemAuth } from './system/auth.ts'
import { type SystemNeeds, systemOperations } from './system/operations.ts'
import { type VolumeNeeds, volumeOperations } from './volumes/operations.ts'

/** The parts of the engine that the doors use, each its narrow part. */
export type EngineNeeds = ContainerDoorNeeds &
  ExecNeeds &
  ImageNeeds &
  NetworkNeeds &
  VolumeNeeds &
  BuildNeeds & { system: SystemNeeds }

/** Every door of the Engine API; what is no door yet answers 501. */
export const engineOperations = (needs: EngineNeeds): Operation[] => [
  ...containerOperations(needs),
  ...execOperations(needs),
  ...imageOperations(needs),
  ...networkOperations(needs),
  ...volumeOperations(needs),
  ...buildOperations(needs),
  ...systemOperations(needs.system),
  systemAuth(needs.images),
  ...refusedOperations(),
]
