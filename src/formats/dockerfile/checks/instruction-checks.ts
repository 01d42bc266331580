import { cleanPattern } from '../../dockerignore/parse.ts'
import type { Instruction, Stage } from '../dockerfile.ts'
import type { Check, Tell } from './checking.ts'

const SECRET = /(?:_|^)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)/i
const NO_SECRET = /(?:_|^)(?:public|file|version)(?:_|$)/i

/** What single instructions say. */
export const checkInstructions: Check = ({ dockerfile }, tell) => {
  for (const { args, span } of dockerfile.globalArgs) for (const { key } of args) checkSecret('ARG', key, span, tell)
  for (const stage of dockerfile.stages) {
    for (const instruction of stage.instructions) checkOne(instruction, stage, tell)
    checkRepeated(stage, tell)
  }
}

function checkOne(instruction: Instruction, stage: Stage, tell: Tell): void {
  const { span } = instruction
  switch (instruction.kind) {
    case 'maintainer':
      tell('MaintainerDeprecated', 'Maintainer instruction is deprecated in favor of using label', span)
      break
    case 'arg':
      for (const { key } of instruction.args) checkSecret('ARG', key, span, tell)
      break
    case 'env':
      for (const { key } of instruction.pairs) checkSecret('ENV', key, span, tell)
      checkLegacy(instruction, tell)
      break
    case 'label':
      checkLegacy(instruction, tell)
      break
    case 'cmd':
    case 'entrypoint':
      checkForm(instruction, stage, tell)
      break
    case 'expose':
      for (const port of instruction.ports) checkPort(port, span, tell)
      break
  }
}

function checkSecret(instruction: string, key: string, span: Stage['span'], tell: Tell): void {
  if (!SECRET.test(key) || NO_SECRET.test(key)) return
  const detail = `Do not use ARG or ENV instructions for sensitive data (${instruction} "${key}")`
  tell('SecretsUsedInArgOrEnv', detail, span)
}

function checkLegacy({ pairs, span, kind }: Extract<Instruction, { kind: 'env' | 'label' }>, tell: Tell): void {
  if (!pairs.some(({ isLegacy }) => isLegacy)) return
  const name = kind.toUpperCase()
  tell('LegacyKeyValueFormat', `"${name} key=value" should be used instead of legacy "${name} key value" format`, span)
}

/** A SHELL of one's own says that a shell is wanted. */
function checkForm(instruction: Extract<Instruction, { kind: 'cmd' | 'entrypoint' }>, stage: Stage, tell: Tell): void {
  const hasShell = stage.instructions.some(({ kind }) => kind === 'shell')
  if (instruction.command.form !== 'shell' || hasShell) return
  const detail = `JSON arguments recommended for ${instruction.kind.toUpperCase()} to prevent unintended behavior related to OS signals`
  tell('JSONArgsRecommended', detail, instruction.span)
}

function checkPort(port: string, span: Stage['span'], tell: Tell): void {
  const [numbers = '', protocol = ''] = port.split('/')
  if (protocol !== protocol.toLowerCase() && !protocol.includes('$'))
    tell('ExposeProtoCasing', `Defined protocol '${port}' in EXPOSE instruction should be lowercase`, span)
  if (numbers.replace(/\$\{[^}]*\}/g, '').includes(':')) {
    const detail = `EXPOSE instruction should not define an IP address or host-port mapping, found '${port}'`
    tell('ExposeInvalidFormat', detail, span)
  }
}

/** All but the last are told of: they are the ones without effect. */
function checkRepeated({ instructions }: Stage, tell: Tell): void {
  for (const kind of ['cmd', 'entrypoint', 'healthcheck'] as const) {
    const detail = `Multiple ${kind.toUpperCase()} instructions should not be used in the same stage because only the last one will be used`
    for (const { span } of instructions.filter(one => one.kind === kind).slice(0, -1))
      tell('MultipleInstructionsDisallowed', detail, span)
  }
}

/** A stage that stands on one with a workdir of its own has one, too. */
export const checkWorkdirs: Check = ({ dockerfile }, tell) => {
  const withWorkdir = new Set<string>()
  for (const { index, name, image, instructions } of dockerfile.stages) {
    const first = instructions.find(({ kind }) => kind === 'workdir')
    const isInherited = withWorkdir.has(image.toLowerCase())
    if (first?.kind === 'workdir' && !isInherited && !/^[/$]/.test(unquoted(first.path))) {
      const path = unquoted(first.path)
      const detail = `Relative workdir "${path}" can have unexpected results if the base image changes`
      tell('WorkdirRelativePath', detail, first.span)
    }
    if (!first && !isInherited) continue
    withWorkdir.add(String(index))
    if (name) withWorkdir.add(name)
  }
}

const unquoted = (word: string): string => word.replace(/^(["'])(.*)\1$/, '$2')

/** Not where there are exceptions: what lies below a directory that is left out may be in it all the same. */
export const checkIgnored: Check = ({ dockerfile, ignored }, tell) => {
  if (!ignored || ignored.hasExceptions) return
  for (const instruction of dockerfile.stages.flatMap(({ instructions }) => instructions)) {
    if (instruction.kind !== 'copy' && instruction.kind !== 'add') continue
    if (instruction.kind === 'copy' && instruction.from !== undefined) continue
    for (const source of instruction.sources) {
      const path = cleanPattern(source)
      if (path === '.' || /[$*?[]|:\/\/|^git@/.test(source) || !ignored.matches(path)) continue
      const command = instruction.kind === 'add' ? 'Add' : 'Copy'
      tell(
        'CopyIgnoredFile',
        `Attempting to ${command} file "${path}" that is excluded by .dockerignore`,
        instruction.span,
      )
    }
  }
}
