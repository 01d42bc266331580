import type { Digest } from '../../../formats/digest/digest.ts'
import { MAX_LAYERS } from '../../../formats/oci-image/manifest.ts'
import { buildFaults } from '../faults.ts'
import type { PlannedStage } from './planned.ts'

/** Refuses stages of more layers than an image may have, before anything runs. */
export function checkDepth(
  stages: ReadonlyMap<number, PlannedStage>,
  bases: ReadonlyMap<string, { diffIds: Digest[] }>,
): void {
  const depthOf = ({ base, instructions }: PlannedStage): number => {
    const below = base.kind === 'stage' ? stages.get(base.index) : undefined
    const own = instructions.filter(({ step }) => step).length
    return own + (below ? depthOf(below) : (bases.get(JSON.stringify(base))?.diffIds.length ?? 0))
  }
  for (const stage of stages.values()) if (depthOf(stage) > MAX_LAYERS) throw buildFaults.DEPTH(MAX_LAYERS)
}
