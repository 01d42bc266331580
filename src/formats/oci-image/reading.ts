/** Small readers for JSON of unknown origin. `fail` makes the fault from a sentence that names the field. */
export type Fail = (what: string) => Error
export type JsonObject = Record<string, unknown>

const MAX_DEPTH_TEXT = 64

export function parseObject(bytes: Uint8Array, fail: Fail): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw Object.assign(fail('not JSON'), { cause })
  }
  return object(value, 'document', fail)
}

export function object(value: unknown, field: string, fail: Fail): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
  throw fail(`${name(field)} must be an object`)
}

/** A NUL would end the text early wherever the kernel or a runtime reads it as C does. */
export function text(value: unknown, field: string, fail: Fail): string {
  if (typeof value !== 'string') throw fail(`${name(field)} must be a string`)
  if (value.includes('\0')) throw fail(`${name(field)} must not contain NUL`)
  return value
}

export function whole(value: unknown, field: string, fail: Fail): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  throw fail(`${name(field)} must be a whole number`)
}

export function list(value: unknown, field: string, fail: Fail): unknown[] {
  if (Array.isArray(value)) return value
  throw fail(`${name(field)} must be a list`)
}

/** Go writes nil lists, maps and pointers as null: absent. */
export const optional = <T>(value: unknown, read: (value: unknown) => T): T | undefined =>
  value === undefined || value === null ? undefined : read(value)

export const texts = (value: unknown, field: string, fail: Fail): string[] =>
  list(value, field, fail).map((item, index) => text(item, `${field}[${index}]`, fail))

/** An object whose values are texts; null values are ''. The result has no prototype, so that no key is special. */
export function textMap(value: unknown, field: string, fail: Fail): Record<string, string> {
  const result: Record<string, string> = Object.create(null)
  for (const [key, item] of Object.entries(object(value, field, fail))) {
    result[text(key, `a key of ${field}`, fail)] = item === null ? '' : text(item, `${field}.${key}`, fail)
  }
  return result
}

/** The keys of an object used as a set (`{"80/tcp":{}}`). */
export const keys = (value: unknown, field: string, fail: Fail): string[] =>
  Object.keys(object(value, field, fail)).map(key => text(key, `a key of ${field}`, fail))

const name = (field: string): string => (field.length > MAX_DEPTH_TEXT ? `${field.slice(0, MAX_DEPTH_TEXT)}…` : field)
