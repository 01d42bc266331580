import { DockerfileFault } from '../faults.ts'
import type { RawInstruction } from '../reader.ts'
import type { Part } from '../split.ts'

/** What is wrong in an instruction: at `part`, or in the whole of it. */
export function faultIn(raw: RawInstruction, reason: string, part?: Part, hint?: string): DockerfileFault {
  const place = part && part.end > part.start ? part : { start: raw.keyword.start, end: raw.line.text.length }
  return new DockerfileFault(reason, raw.line.spanOf(place.start, place.end), { hint })
}

export const needsOne = (raw: RawInstruction): DockerfileFault =>
  faultIn(raw, `${raw.keyword.text.toUpperCase()} requires at least one argument`)

export const needsExactlyOne = (raw: RawInstruction): DockerfileFault =>
  faultIn(raw, `${raw.keyword.text.toUpperCase()} requires exactly one argument`)
