import type { RawInstruction } from '../reader.ts'
import { splitInstruction } from '../split.ts'
import { faultIn, needsOne } from './fault.ts'
import { readFlags } from './flags.ts'

export function readOnbuild(raw: RawInstruction, escapeCharacter: '\\' | '`') {
  const trigger = splitInstruction(raw.rest.text, escapeCharacter).keyword.text.toUpperCase()
  if (trigger === '') throw needsOne(raw)
  readFlags(raw, {})
  if (trigger === 'ONBUILD') throw faultIn(raw, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed")
  if (trigger === 'MAINTAINER' || trigger === 'FROM') {
    throw faultIn(raw, `${trigger} isn't allowed as an ONBUILD trigger`)
  }
  const heredocs = raw.heredocs.map(({ name, content }) => `\n${content}${name}`)
  return { kind: 'onbuild' as const, expression: [raw.rest.text, ...heredocs].join('') }
}
