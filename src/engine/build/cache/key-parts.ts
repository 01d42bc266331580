import { createHash } from 'node:crypto'

/** Everything that a step's result follows from, by the names that people are told. Values are plain JSON; `environment` is by variable. */
export type KeyParts = Record<string, unknown>
/** The same with hashes in place of the values, which may be secret or long. */
export type Fingerprint = Record<string, string>

/** The key of a step. Its order of fields is theirs. */
export const keyOf = (parts: KeyParts): string => hashOf(Object.entries(parts))

export function fingerprint(parts: KeyParts): Fingerprint {
  const found: Fingerprint = {}
  for (const [name, value] of Object.entries(parts)) {
    if (name !== 'environment') found[name] = short(value)
    else for (const [variable, text] of Object.entries(value as object)) found[`variable ${variable}`] = short(text)
  }
  return found
}

/** Why a step is not the one that was made before: `the files that are read have changed`. */
export function explanation(before: Fingerprint | undefined, parts: KeyParts): string {
  if (!before) return 'it has not run before'
  const now = fingerprint(parts)
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])]
  const changed = names.filter(name => before[name] !== now[name])
  if (changed.length === 0) return 'what it made is no longer in the cache'
  const told = changed.map(name => `the ${name}`)
  const last = told.pop()
  return told.length === 0 ? `${last} changed` : `${told.join(', ')} and ${last} changed`
}

const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex')
const short = (value: unknown): string => hashOf(value ?? null).slice(0, 16)
