import type { ArgInstruction, Dockerfile, Escape, Instruction, Stage } from './dockerfile.ts'
import { DockerfileFault } from './faults.ts'
import { faultIn } from './instructions/fault.ts'
import { readStage } from './instructions/from.ts'
import { readInstruction } from './instructions/table.ts'
import { linesOf, type RawInstruction, readInstructions } from './reader.ts'

/** Reads a Dockerfile. Throws {@link DockerfileFault} at the first mistake. Takes time by the length of the text. */
export function parseDockerfile(text: string): Dockerfile {
  const { lines, directives, instructions } = readDockerfile(text)
  const stages = new Stages(directives.escape)
  for (const raw of instructions) stages.add(raw)
  return { directives, globalArgs: stages.globalArgs, stages: stages.stages, lines }
}

/** The instructions as lines, for checks of how they are written. Throws {@link DockerfileFault}. */
export function readDockerfile(text: string) {
  const lines = linesOf(text)
  const { directives, instructions } = readInstructions(lines)
  if (instructions.length === 0) throw emptyFile()
  return { lines: text.replace(/^\ufeff/, '').split(/\r?\n/), directives, instructions }
}

class Stages {
  readonly stages: Stage[] = []
  readonly globalArgs: ArgInstruction[] = []
  readonly #escapeCharacter: Escape

  constructor(escapeCharacter: Escape) {
    this.#escapeCharacter = escapeCharacter
  }

  add(raw: RawInstruction): void {
    if (raw.keyword.text.toLowerCase() === 'from') this.stages.push(readStage(raw, this.stages.length))
    else this.#addTo(this.stages.at(-1), readInstruction(raw, this.#escapeCharacter), raw)
  }

  #addTo(stage: Stage | undefined, instruction: Instruction, raw: RawInstruction): void {
    if (stage) stage.instructions.push(instruction)
    else if (instruction.kind === 'arg') this.globalArgs.push(instruction)
    else throw faultIn(raw, 'no build stage in current context', undefined, 'the first instruction has to be FROM')
  }
}

/** What an ONBUILD of a base image says: it runs in the stage that begins with the image. Throws DockerfileFault. */
export function parseTrigger(expression: string): Instruction {
  const { instructions, directives } = readDockerfile(expression)
  return readInstruction(instructions[0]!, directives.escape)
}

const emptyFile = (): DockerfileFault =>
  new DockerfileFault(
    'file with no instructions',
    { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } },
    { message: 'file with no instructions', hint: 'the first instruction of a Dockerfile has to be FROM' },
  )
