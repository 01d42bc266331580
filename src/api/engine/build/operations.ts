import type { Builder } from '../../../engine/build/builder.ts'
import type { Operation } from '../../http/operation.ts'
import { imageBuild } from './build.ts'
import { buildPrune } from './prune.ts'

export type BuildNeeds = { builder: Builder }

export const buildOperations = ({ builder }: BuildNeeds): Operation[] => [
  imageBuild(builder),
  buildPrune(builder.upkeep),
]
