import {
  concrete,
  elements,
  type GoType,
  type GoValue,
  isNullish,
  isTrue,
  JsonNumber,
  type Methods,
  mapKeys,
  methodResult,
  zeroed,
} from './values.ts'

/** encoding/json of a value, without HTML escapes, as docker's `json` function prints it. Struct fields come in their order, maps sorted. */
export function goJson(given: GoValue): string {
  const { type, data } = concrete(given)
  if (type.kind === 'methods') return methodsJson(data as Methods)
  if (isNullish(data)) return 'null'
  switch (type.kind) {
    case 'slice':
      return `[${elements(data)
        .map(one => goJson({ type: type.of, data: one }))
        .join(',')}]`
    case 'map':
      return braces(mapKeys(data).map(key => [key, { type: type.of, data: (data as Record<string, unknown>)[key] }]))
    case 'struct':
      return structJson(type, data as Record<string, unknown>)
    case 'pointer':
      return goJson({ type: type.of, data })
    case 'number':
      return String(data)
    default:
      return data instanceof JsonNumber ? data.text : jsonText(data)
  }
}

/** Fields that the daemon left out come with their zero value, unless the type leaves out what is empty; fields that the type does not know are dropped. */
function structJson(type: GoType, data: Record<string, unknown>): string {
  const pairs: [string, GoValue][] = []
  const collect = (of: GoType) => {
    if (of.kind !== 'struct') return
    for (const field of of.fields) {
      if (field.embedded) collect(field.type.kind === 'pointer' ? field.type.of : field.type)
      else if (field.json !== '-') {
        const value = {
          type: field.type,
          data: field.type.kind === 'pointer' ? data[field.json] : zeroed(field.type, data[field.json]),
        }
        if (!field.omitsEmpty || !isEmpty(value)) pairs.push([field.json, value])
      }
    }
  }
  collect(type)
  return braces(pairs)
}

/** encoding/json's omitempty: structs are never empty. */
const isEmpty = ({ type, data }: GoValue): boolean =>
  type.kind === 'struct' || type.kind === 'time'
    ? false
    : type.kind === 'pointer'
      ? isNullish(data)
      : !isTrue({ type, data })

const braces = (pairs: [string, GoValue][]): string =>
  `{${pairs.map(([key, value]) => `${jsonText(key)}:${goJson(value)}`).join(',')}}`

/** Every field that needs no argument, by name. */
function methodsJson(methods: Methods): string {
  const names = Object.keys(methods).filter(name => methods[name]!.length === 0)
  return `{${names
    .toSorted()
    .map(name => `${jsonText(name)}:${htmlSafe(goJson(methodResult(methods[name]!())))}`)
    .join(',')}}`
}

/** What encoding/json does unless it is told not to; docker forgets to, for the rows of lists. */
const htmlSafe = (text: string): string => text.replace(/[<>&]/g, sign => `\\u00${sign.charCodeAt(0).toString(16)}`)

/** Go writes U+2028 and U+2029 as escapes. */
const jsonText = (data: unknown): string =>
  (JSON.stringify(data) ?? 'null').replace(/[\u2028\u2029]/g, sign => (sign === '\u2028' ? '\\u2028' : '\\u2029'))
