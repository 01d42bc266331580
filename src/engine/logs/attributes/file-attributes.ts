import { extraAttributes } from './extra-attributes.ts'
import type { LogSubject } from './log-subject.ts'
import { logTag } from './log-tag.ts'

/** The `attrs` of every line of json-file as a JSON object, keys sorted; undefined without any. */
export function fileAttributes(subject: LogSubject): string | undefined {
  const extra = extraAttributes(subject)
  const tag = logTag(subject, '')
  const attributes = Object.entries({ ...extra, ...(tag && { tag }) }).toSorted(([a], [b]) => (a < b ? -1 : 1))
  if (attributes.length === 0) return undefined
  return escapeAsGo(JSON.stringify(Object.fromEntries(attributes)))
}

/** encoding/json with HTML escapes, as Docker's file has it. */
const escapeAsGo = (json: string): string =>
  json.replace(/[<>&\u2028\u2029]/g, one => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
