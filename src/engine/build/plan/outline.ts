import type { Digest } from '../../../formats/digest/digest.ts'
import type { Dockerfile } from '../../../formats/dockerfile/dockerfile.ts'
import type { BuildOutline } from '../contract.ts'
import type { PlannedInstruction, PlannedStage } from './planned.ts'

type Vertices = { vertexOf(instruction: PlannedInstruction): Digest | undefined }

/** What the target needs of the file, in the order of the file. */
export function outlineOf(
  { globalArgs }: Dockerfile,
  stages: ReadonlyMap<number, PlannedStage>,
  vertices: Vertices,
  bases: ReadonlyMap<string, { id: Digest }>,
): BuildOutline['instructions'] {
  const sorted = [...stages.values()].sort((one, other) => one.index - other.index)
  return [
    ...globalArgs.map(({ original }) => ({ text: original })),
    ...sorted.flatMap(stage => [
      headOf(stage, bases.get(JSON.stringify(stage.base))?.id),
      ...stage.instructions.map(instruction => {
        const vertex = vertices.vertexOf(instruction)
        return {
          text: instruction.shown,
          ...(vertex && { vertex }),
          ...(instruction.isTrigger && { isTrigger: true }),
        }
      }),
    ]),
  ]
}

function headOf({ shown, instructions }: PlannedStage, image: Digest | undefined) {
  const triggers = instructions.filter(({ isTrigger }) => isTrigger).length
  return { text: shown, ...(image && { image }), ...(triggers > 0 && { triggers }) }
}
