import { formatTimestamp } from '../../../base/timestamps.ts'
import type { Digest } from '../../../formats/digest/digest.ts'
import type { HistoryEntry, OciImageConfig } from '../../../formats/oci-image/config.ts'
import type { Platform } from '../../../formats/platform/platform.ts'
import type { PlannedStage } from '../plan/planned.ts'

const COMMENT = 'buildkit.dockerfile.v0'

/** The config of the image at the end of a stage. The same stages, layers and time give the same bytes. */
export function imageConfig(
  stages: ReadonlyMap<number, PlannedStage>,
  target: PlannedStage,
  base: OciImageConfig | undefined,
  platform: Platform,
  diffIds: Digest[],
  time: number,
): OciImageConfig {
  const { architecture, os, variant } = base ?? platform
  const created = formatTimestamp(BigInt(time) * 1_000_000_000n)
  const history = [...(base?.history ?? []), ...chainOf(stages, target).flatMap(stage => historyOf(stage, created))]
  return {
    architecture,
    ...(target.author && { author: target.author }),
    config: target.config,
    created,
    history,
    os,
    ...(base?.['os.version'] && { 'os.version': base['os.version'] }),
    rootfs: { type: 'layers', diff_ids: diffIds },
    ...(variant && { variant }),
  }
}

/** The stages that the target stands on, lowest first. */
export function chainOf(stages: ReadonlyMap<number, PlannedStage>, target: PlannedStage): PlannedStage[] {
  const below = target.base.kind === 'stage' ? chainOf(stages, stages.get(target.base.index)!) : []
  return [...below, target]
}

function historyOf({ instructions }: PlannedStage, created: string): HistoryEntry[] {
  return instructions.flatMap(({ history, step }) =>
    history === undefined
      ? []
      : [
          {
            created,
            created_by: history,
            comment: COMMENT,
            ...(!step && { empty_layer: true }),
          },
        ],
  )
}
