import type { Instruction } from '../dockerfile.ts'
import type { Check } from './checking.ts'

const isLower = (word: string): boolean => word === word.toLowerCase()
const isUpper = (word: string): boolean => word === word.toUpperCase()

/** The words of the language: all in small letters, or all in capitals. */
export const checkCasing: Check = ({ dockerfile }, tell) => {
  const words = dockerfile.stages.flatMap(({ spelling, span, instructions }) => [
    { word: spelling.from, span },
    ...instructions.map(instruction => ({ word: instruction.keyword, span: instruction.span })),
  ])
  const lower = words.filter(({ word }) => isLower(word)).length
  const upper = words.filter(({ word }) => isUpper(word) && !isLower(word)).length
  const isMostlyLower = lower > upper
  for (const { word, span } of words) {
    if (isMostlyLower ? isLower(word) : isUpper(word)) continue
    const wanted = isMostlyLower ? 'lowercase' : 'uppercase'
    tell(
      'ConsistentInstructionCasing',
      `Command '${word}' should match the case of the command majority (${wanted})`,
      span,
    )
  }
}

export const checkStageWords: Check = ({ dockerfile }, tell) => {
  const seen = new Set<string>()
  for (const { spelling, span, name } of dockerfile.stages) {
    if (name === undefined) continue
    const { from, as = '', name: written = name } = spelling
    if (!isLower(written)) tell('StageNameCasing', `Stage name '${written}' should be lowercase`, span)
    if (isLower(from) !== isLower(as)) tell('FromAsCasing', `'${as}' and '${from}' keywords' casing do not match`, span)
    if (name === 'context' || name === 'scratch')
      tell('ReservedStageName', `Stage name should not use the same name as reserved stage "${name}"`, span)
    if (seen.has(name)) tell('DuplicateStageName', `Duplicate stage name "${name}", stage names should be unique`, span)
    seen.add(name)
  }
}

export const checkContinuations: Check = ({ dockerfile }, tell) => {
  const all = dockerfile.stages.flatMap(({ instructions }) => instructions)
  for (const instruction of all) {
    if (hasInlineFiles(instruction)) continue
    const { start, end } = instruction.span
    const inner = dockerfile.lines.slice(start.line, end.line)
    if (inner.some(line => line.trim() === '')) tell('NoEmptyContinuation', 'Empty continuation line', instruction.span)
  }
}

const hasInlineFiles = (instruction: Instruction): boolean =>
  (instruction.kind === 'run' && instruction.command.files.length > 0) ||
  ((instruction.kind === 'copy' || instruction.kind === 'add') && instruction.contents.length > 0)

export const checkDescriptions: Check = ({ dockerfile }, tell) => {
  const complain = (what: string, keys: string[], comments: string[], span: Parameters<typeof tell>[2]) => {
    const last = comments.at(-1)
    if (last === undefined || keys.length === 0 || keys.includes(last.trim().split(' ')[0]!)) return
    const example = keys.length > 1 ? '<arg_key>' : keys[0]
    tell(
      'InvalidDefinitionDescription',
      `Comment for ${what} should follow the format: \`# ${example} <description>\``,
      span,
    )
  }
  for (const { name, comments, span } of dockerfile.stages) complain('FROM', name ? [name] : [], comments, span)
  const instructions = dockerfile.stages.flatMap(stage => stage.instructions)
  for (const instruction of [...dockerfile.globalArgs, ...instructions]) {
    if (instruction.kind !== 'arg') continue
    complain(
      'ARG',
      instruction.args.map(({ key }) => key),
      instruction.comments,
      instruction.span,
    )
  }
}
