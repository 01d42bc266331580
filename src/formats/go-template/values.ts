/**
 * Values as a Go template sees them: a type beside plain data. JSON alone cannot say whether an object was a struct or a
 * map, a number whole or not, an absent field empty or unknown; the type can, so that printing and comparing come out as
 * in Go. Data without a type of its own is `any`.
 */
export type GoType =
  | { kind: 'any' | 'string' | 'bool' | 'int' | 'uint' | 'float' | 'number' | 'duration' | 'time'; name: string }
  /** `keyName`: where the keys of a map are texts of a type of their own. */
  | { kind: 'slice' | 'map' | 'pointer'; name: string; of: GoType; keyName?: string }
  | { kind: 'struct'; name: string; fields: GoField[] }
  | { kind: 'methods'; name: string }

/** `json` is the key in the data; an embedded struct has its fields beside the others in the data. */
export type GoField = { name: string; json: string; type: GoType; embedded: boolean; omitsEmpty: boolean }
export type GoValue = { type: GoType; data: unknown }

/** What `methods` values hold: called by name, with text or numbers. */
export type Methods = Record<string, (...args: string[]) => unknown>

export const ANY: GoType = { kind: 'any', name: 'interface {}' }
export const STRING: GoType = { kind: 'string', name: 'string' }
export const BOOL: GoType = { kind: 'bool', name: 'bool' }
export const INT: GoType = { kind: 'int', name: 'int' }
export const FLOAT: GoType = { kind: 'float', name: 'float64' }
/** encoding/json.Number: a number kept as its digits, which Go counts among the strings. */
export const NUMBER: GoType = { kind: 'number', name: 'json.Number' }

export const pointerTo = (of: GoType): GoType => ({ kind: 'pointer', name: `*${of.name}`, of })
export const sliceOf = (of: GoType): GoType => ({ kind: 'slice', name: `[]${of.name}`, of })
export const mapOf = (of: GoType, keyName?: string): GoType => ({
  kind: 'map',
  name: `map[${keyName ?? 'string'}]${of.name}`,
  of,
  keyName,
})

export const goAny = (data: unknown): GoValue => ({ type: ANY, data })
export const goString = (data: string): GoValue => ({ type: STRING, data })
export const goBool = (data: boolean): GoValue => ({ type: BOOL, data })
export const goInt = (data: number): GoValue => ({ type: INT, data })

/** What a method gives: plain data of the type that it has, or a value with a type of its own. */
export function methodResult(result: unknown): GoValue {
  if (typeof result === 'string') return goString(result)
  if (typeof result === 'boolean') return goBool(result)
  if (typeof result === 'number') return goInt(result)
  const isTyped = typeof result === 'object' && result !== null && 'type' in result && 'data' in result
  return isTyped ? (result as GoValue) : goAny(result)
}

const ANY_SLICE = sliceOf(ANY)
const ANY_MAP = mapOf(ANY)

/** The value inside an interface: `any` gets the type that its data has. A nil interface stays `any` with null. */
export function concrete(value: GoValue): GoValue {
  if (value.type.kind !== 'any') return value
  const { data } = value
  if (typeof data === 'string') return { type: STRING, data }
  if (typeof data === 'boolean') return { type: BOOL, data }
  if (typeof data === 'number') return { type: FLOAT, data }
  if (data instanceof JsonNumber) return { type: NUMBER, data: data.text }
  if (Array.isArray(data)) return { type: ANY_SLICE, data }
  if (typeof data === 'object' && data !== null) return { type: ANY_MAP, data }
  return { type: ANY, data: null }
}

/** The digits of a number as the daemon wrote them. */
export class JsonNumber {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** Follows interfaces and pointers; `isNil` where one of them holds nothing. */
export function indirect(value: GoValue): { value: GoValue; isNil: boolean } {
  for (let inner = concrete(value); ; inner = concrete({ type: (inner.type as { of: GoType }).of, data: inner.data })) {
    if (inner.type.kind === 'any') return { value: inner, isNil: true }
    if (inner.type.kind !== 'pointer') return { value: inner, isNil: false }
    if (isNullish(inner.data)) return { value: inner, isNil: true }
  }
}

export const isNullish = (data: unknown): boolean => data === null || data === undefined

/** The keys of a map in the order of a range. */
export const mapKeys = (data: unknown): string[] =>
  isNullish(data) ? [] : Object.keys(data as object).toSorted(byCodePoint)
const byCodePoint = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

export const elements = (data: unknown): unknown[] => (Array.isArray(data) ? data : [])

/** The field of a struct, promoted ones included; undefined where there is none. */
export function fieldOf(struct: GoValue, name: string): GoValue | undefined {
  if (struct.type.kind !== 'struct') return undefined
  const data = (struct.data ?? {}) as Record<string, unknown>
  const own = struct.type.fields.find(field => field.name === name)
  if (own) return { type: own.type, data: own.embedded ? data : zeroed(own.type, data[own.json]) }
  for (const field of struct.type.fields) {
    if (!field.embedded) continue
    const inner = field.type.kind === 'pointer' ? field.type.of : field.type
    const found = fieldOf({ type: inner, data }, name)
    if (found) return found
  }
  return undefined
}

/** What Go has where the data has nothing. */
export function zeroed(type: GoType, data: unknown): unknown {
  if (!isNullish(data)) return data
  if (type.kind === 'string' || type.kind === 'number') return ''
  if (type.kind === 'bool') return false
  if (type.kind === 'int' || type.kind === 'uint' || type.kind === 'float' || type.kind === 'duration') return 0
  if (type.kind === 'time') return '0001-01-01T00:00:00Z'
  return type.kind === 'struct' ? {} : null
}

/** text/template's truth: not the zero value; empty maps, lists and texts are false. */
export function isTrue(given: GoValue): boolean {
  const { type, data } = concrete(given)
  if (isNullish(data)) return false
  switch (type.kind) {
    case 'slice':
      return elements(data).length > 0
    case 'map':
      return mapKeys(data).length > 0
    case 'pointer':
    case 'struct':
    case 'time':
    case 'methods':
      return true
    default:
      return data !== '' && data !== 0 && data !== false
  }
}
