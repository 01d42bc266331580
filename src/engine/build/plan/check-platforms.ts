import { formatPlatform, hostPlatform, type Platform, platformDistance } from '../../../formats/platform/platform.ts'
import { hasEmulator } from '../../../host/probe/emulators.ts'
import { buildFaults } from '../faults.ts'
import type { PlannedStage } from './planned.ts'

/** Refuses, before anything runs, stages whose programs this machine cannot run. Stages that only copy may be of any platform. */
export function checkPlatforms(stages: ReadonlyMap<number, PlannedStage>, asked: Platform): void {
  for (const stage of stages.values()) {
    if (!stage.instructions.some(({ step }) => step?.kind === 'run')) continue
    const platform = platformOf(stages, stage, asked)
    if (!canRun(platform)) throw buildFaults.PLATFORM(formatPlatform(platform), formatPlatform(hostPlatform()))
  }
}

function platformOf(stages: ReadonlyMap<number, PlannedStage>, { base }: PlannedStage, asked: Platform): Platform {
  const below = base.kind === 'stage' ? stages.get(base.index) : undefined
  if (below) return platformOf(stages, below, asked)
  return (base.kind === 'image' && base.platform) || asked
}

const canRun = (platform: Platform): boolean =>
  platform.os === 'linux' &&
  (platformDistance(hostPlatform(), platform) !== undefined || hasEmulator(platform.architecture))
