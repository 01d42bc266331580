import type { RawInstruction } from '../reader.ts'
import { splitFields } from '../split.ts'
import { trim } from '../white-space.ts'
import { faultIn, needsExactlyOne, needsOne } from './fault.ts'
import { readList } from './files.ts'
import { readFlags } from './flags.ts'

/** Everything after the keyword is one value. */
function readOne(raw: RawInstruction): string {
  if (raw.rest.text === '') throw needsExactlyOne(raw)
  readFlags(raw, {})
  return raw.rest.text
}

export const readMaintainer = (raw: RawInstruction) => ({ kind: 'maintainer' as const, maintainer: readOne(raw) })
export const readStopsignal = (raw: RawInstruction) => ({ kind: 'stopsignal' as const, signal: readOne(raw) })
export const readUser = (raw: RawInstruction) => ({ kind: 'user' as const, user: readOne(raw) })
export const readWorkdir = (raw: RawInstruction) => ({ kind: 'workdir' as const, path: readOne(raw) })

export function readExpose(raw: RawInstruction) {
  const ports = splitFields(raw.rest).map(({ text }) => text)
  if (ports.length === 0) throw needsOne(raw)
  readFlags(raw, {})
  return { kind: 'expose' as const, ports: ports.sort() }
}

export function readVolume(raw: RawInstruction) {
  const volumes = readList(raw).map(trim)
  if (volumes.length === 0) throw needsOne(raw)
  readFlags(raw, {})
  if (volumes.includes('')) throw faultIn(raw, 'VOLUME specified can not be an empty string', raw.rest)
  return { kind: 'volume' as const, volumes }
}
