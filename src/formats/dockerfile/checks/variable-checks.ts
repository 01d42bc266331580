import type { Instruction, Stage } from '../dockerfile.ts'
import { expand } from '../shell-word.ts'
import { suggestion } from '../suggest.ts'
import type { Check, CheckContext, Tell } from './checking.ts'

/** Given to every step without an ARG. */
const PROXIES = new Set(['http_proxy', 'https_proxy', 'ftp_proxy', 'no_proxy', 'all_proxy'])

/** Uses of variables that nothing has set. Where a base image's own are not known, nothing is told. */
export const checkVariables: Check = (context, tell) => {
  const ends = new Map<string, Map<string, string>>()
  for (const stage of context.dockerfile.stages) {
    const variables = beginning(stage, context, ends)
    if (!variables) continue
    for (const instruction of stage.instructions) {
      checkWords(instruction, variables, context, tell)
      define(instruction, variables, context)
    }
    ends.set(String(stage.index), variables)
    if (stage.name) ends.set(stage.name, variables)
  }
}

function beginning(
  { image }: Stage,
  { globals, imageVariables }: CheckContext,
  ends: ReadonlyMap<string, Map<string, string>>,
): Map<string, string> | undefined {
  const name = expand(image, globals).text
  const before = ends.get(name.toLowerCase())
  if (before) return new Map(before)
  const known = name === 'scratch' ? [] : imageVariables(name)
  return known && new Map([['PATH', ''], ...known.map((text): [string, string] => [text.split('=', 1)[0]!, ''])])
}

function checkWords(
  instruction: Instruction,
  variables: ReadonlyMap<string, string>,
  context: CheckContext,
  tell: Tell,
) {
  const missing = new Set(wordsOf(instruction).flatMap(word => missingIn(word, variables, context)))
  for (const name of missing) {
    if (PROXIES.has(name.toLowerCase())) continue
    const close = suggestion(name, [...variables.keys()]).replace('mean ', 'mean $')
    const detail = `Usage of undefined variable '$${name}'${close}`
    tell('UndefinedVar', detail, instruction.span)
  }
}

function missingIn(word: string, variables: ReadonlyMap<string, string>, { dockerfile }: CheckContext): string[] {
  try {
    return [...expand(word, variables, { escape: dockerfile.directives.escape }).missing]
  } catch {
    // A mistake, which the build tells of.
    return []
  }
}

/** The words in which BuildKit replaces variables. */
function wordsOf(instruction: Instruction): string[] {
  switch (instruction.kind) {
    case 'add':
    case 'copy':
      return [...instruction.sources, instruction.destination, instruction.chown ?? '', instruction.chmod ?? '']
    case 'env':
    case 'label':
      return instruction.pairs.flatMap(({ key, value }) => [key, value])
    case 'expose':
      return instruction.ports
    case 'user':
      return [instruction.user]
    case 'volume':
      return instruction.volumes
    case 'workdir':
      return [instruction.path]
    case 'stopsignal':
      return [instruction.signal]
    case 'arg':
      return instruction.args.flatMap(({ value }) => value ?? [])
    default:
      return []
  }
}

function define(instruction: Instruction, variables: Map<string, string>, { globals }: CheckContext): void {
  if (instruction.kind === 'env') for (const { key } of instruction.pairs) variables.set(key, '')
  if (instruction.kind === 'arg') for (const { key } of instruction.args) variables.set(key, globals.get(key) ?? '')
}
