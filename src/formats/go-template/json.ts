import {
  concrete,
  elements,
  fieldOf,
  type GoType,
  type GoValue,
  isNullish,
  JsonNumber,
  type Methods,
  mapKeys,
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

/** What the daemon sent of it: fields that it left out stay out, fields that the type does not know are dropped. */
function structJson(type: GoType, data: Record<string, unknown>): string {
  const pairs: [string, GoValue][] = []
  const collect = (of: GoType) => {
    if (of.kind !== 'struct') return
    for (const field of of.fields) {
      if (field.embedded) collect(field.type.kind === 'pointer' ? field.type.of : field.type)
      else if (field.json in data) pairs.push([field.json, fieldOf({ type: of, data }, field.name)!])
    }
  }
  collect(type)
  return braces(pairs)
}

const braces = (pairs: [string, GoValue][]): string =>
  `{${pairs.map(([key, value]) => `${jsonText(key)}:${goJson(value)}`).join(',')}}`

/** Every field that needs no argument, by name. */
function methodsJson(methods: Methods): string {
  const names = Object.keys(methods).filter(name => methods[name]!.length === 0)
  return `{${names
    .toSorted()
    .map(name => `${jsonText(name)}:${goJson({ type: { kind: 'any', name: '' }, data: methods[name]!() })}`)
    .join(',')}}`
}

/** Go writes U+2028 and U+2029 as escapes. */
const jsonText = (data: unknown): string =>
  (JSON.stringify(data) ?? 'null').replace(/[\u2028\u2029]/g, sign => (sign === '\u2028' ? '\\u2028' : '\\u2029'))
