import type { RawInstruction } from '../reader.ts'
import type { Part } from '../split.ts'
import { suggestion } from '../suggest.ts'
import { faultIn } from './fault.ts'

type FlagKind = 'boolean' | 'text' | 'list'
export type FlagKinds = Record<string, FlagKind>

/** The flags that were given, by name. */
export class Flags {
  readonly #given = new Map<string, { value: string; part: Part }[]>()

  add(name: string, value: string, part: Part): void {
    const given = this.#given.get(name)
    if (given) given.push({ value, part })
    else this.#given.set(name, [{ value, part }])
  }

  has(name: string): boolean {
    return this.#given.has(name)
  }

  boolean(name: string): boolean | undefined {
    const value = this.text(name)
    return value === undefined ? undefined : value !== 'false'
  }

  text(name: string): string | undefined {
    return this.#given.get(name)?.[0]?.value
  }

  list(name: string): string[] {
    return this.#given.get(name)?.map(({ value }) => value) ?? []
  }

  /** Where the flag stands, for faults in its value. */
  part(name: string, index = 0): Part | undefined {
    return this.#given.get(name)?.[index]?.part
  }
}

/** Reads the flags of an instruction that takes those of `kinds`. Throws DockerfileFault. */
export function readFlags(raw: RawInstruction, kinds: FlagKinds): Flags {
  const flags = new Flags()
  for (const part of raw.flags) {
    const [written, value] = cut(part.text)
    const name = written.slice(2)
    const kind = Object.hasOwn(kinds, name) ? kinds[name]! : unknownFlag(raw, part, written, kinds)
    if (kind !== 'list' && flags.has(name)) throw faultIn(raw, `duplicate flag specified: ${written}`, part)
    flags.add(name, kind === 'boolean' ? booleanOf(raw, part, written, value) : textOf(raw, part, written, value), part)
  }
  return flags
}

function cut(text: string): [string, string | undefined] {
  const at = text.indexOf('=')
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

function unknownFlag(raw: RawInstruction, part: Part, written: string, kinds: FlagKinds): never {
  const names = Object.keys(kinds)
  const known = names.length === 0 ? 'no flags' : names.map(name => `--${name}`).join(', ')
  const reason = `unknown flag: ${written}${suggestion(written.slice(2), names)}`
  throw faultIn(raw, reason, part, `${raw.keyword.text.toUpperCase()} takes ${known}`)
}

function booleanOf(raw: RawInstruction, part: Part, written: string, value: string | undefined): string {
  if (value === '') throw faultIn(raw, `missing a value on flag: ${written}`, part)
  const text = (value ?? 'true').toLowerCase()
  if (text === 'true' || text === 'false') return text
  throw faultIn(raw, `expecting boolean value for flag ${written}, not: ${value}`, part)
}

function textOf(raw: RawInstruction, part: Part, written: string, value: string | undefined): string {
  if (value === undefined) throw faultIn(raw, `missing a value on flag: ${written}`, part)
  return value
}
