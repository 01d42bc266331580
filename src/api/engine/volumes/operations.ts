import type { Volumes } from '../../../engine/volumes/volumes.ts'
import type { Operation } from '../../http/operation.ts'
import { volumeCreate } from './create.ts'
import { volumeDelete } from './delete.ts'
import { volumeInspect } from './inspect.ts'
import { volumeList } from './list.ts'
import { volumePrune } from './prune.ts'
import { volumeUpdate } from './update.ts'

export type VolumeNeeds = { volumes: Pick<Volumes, 'create' | 'list' | 'inspect' | 'remove' | 'prune'> }

export const volumeOperations = ({ volumes }: VolumeNeeds): Operation[] => [
  volumeList(volumes),
  volumeCreate(volumes),
  volumeInspect(volumes),
  volumeDelete(volumes),
  volumePrune(volumes),
  volumeUpdate(),
]
