import type { PlannedInstruction, PlannedStage } from '../plan/planned.ts'

/**
 * `[builder 2/5] RUN make`: names by which displays know steps. The number counts what makes layers; FROM is the first.
 * `prefix`: which platform it is, where there are several.
 */
export function vertexNames(
  stages: ReadonlyMap<number, PlannedStage>,
  prefix: string,
): Map<PlannedInstruction, string> {
  const names = new Map<PlannedInstruction, string>()
  for (const stage of stages.values()) {
    const steps = stage.instructions.filter(({ step }) => step)
    const label = labelOf(stage, stages)
    for (const [index, instruction] of steps.entries()) {
      names.set(
        instruction,
        `[${prefix}${label}${String(index + 2).padStart(String(steps.length + 1).length)}/${steps.length + 1}] ${instruction.shown}`,
      )
    }
  }
  return names
}

function labelOf({ name, index }: PlannedStage, stages: ReadonlyMap<number, PlannedStage>): string {
  if (name) return `${name} `
  return stages.size > 1 ? `stage-${index} ` : ''
}
