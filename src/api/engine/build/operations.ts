import type { Builder } from '../../../engine/build/builder.ts'
import type { Operation } from '../../http/operation.ts'
import { imageBuild } from './build.ts'
import { buildkitOperations } from './buildkit/operations.ts'
import type { WorkerFacts } from './buildkit/worker.ts'
import { buildPrune } from './prune.ts'

export type BuildNeeds = { builder: Builder; worker: () => WorkerFacts }

export const buildOperations = ({ builder, worker }: BuildNeeds): Operation[] => [
  imageBuild(builder),
  buildPrune(builder.upkeep),
  ...buildkitOperations({
    build: (request, report, signal) => builder.build(request, report, signal),
    upkeep: builder.upkeep,
    history: builder.history,
    worker,
  }),
]
