import type { Stage } from '../dockerfile.ts'
import type { RawInstruction } from '../reader.ts'
import { type Part, splitFields } from '../split.ts'
import { faultIn } from './fault.ts'
import { readFlags } from './flags.ts'
import { descriptionOf } from './pairs.ts'

const FORM = 'FROM [--platform=PLATFORM] IMAGE [AS NAME]'

/** A FROM instruction as an empty stage. */
export function readStage(raw: RawInstruction, index: number): Stage {
  const words = splitFields(raw.rest)
  const name = nameOf(raw, words)
  const flags = readFlags(raw, { platform: 'text' })
  return {
    index,
    name,
    image: words[0]!.text,
    platform: flags.text('platform') || undefined,
    instructions: [],
    span: { start: raw.line.positionOf(raw.keyword.start), end: raw.line.positionOf(raw.rest.end - 1) },
    original: raw.line.text.trim(),
    comments: raw.comments,
    comment: descriptionOf(raw.comments, name),
    spelling: { from: raw.keyword.text, as: words[1]?.text, name: words[2]?.text },
  }
}

function nameOf(raw: RawInstruction, words: Part[]): string | undefined {
  if (words.length === 1) return undefined
  if (words.length !== 3 || words[1]!.text.toLowerCase() !== 'as') {
    throw faultIn(raw, 'FROM requires either one or three arguments', undefined, FORM)
  }
  const name = words[2]!.text.toLowerCase()
  if (/^[a-z][a-z0-9-_.]*$/.test(name)) return name
  const written = JSON.stringify(words[2]!.text)
  const reason = `invalid name for build stage: ${written}, name can't start with a number or contain symbols`
  throw faultIn(raw, reason, words[2])
}
