import type { TSchema } from 'typebox'

type Properties = Record<string, TSchema>
type Shape = {
  properties?: Properties
  patternProperties?: Properties
  items?: TSchema
  anyOf?: TSchema[]
  type?: string
}

/**
 * What Go's decoder makes of a document before types are checked: the names of fields are found whatever their case, null
 * means absent, and names nobody knows are ignored. Clients in other languages rely on each of these.
 */
export function goLike(value: unknown, schema: TSchema): unknown {
  if (Array.isArray(value)) return arrayLike(value, schema)
  if (typeof value === 'object' && value !== null) return objectLike(value as Record<string, unknown>, schema)
  return value
}

function arrayLike(values: unknown[], schema: TSchema): unknown {
  const items = alternative(schema, shape => shape.items !== undefined)?.items
  return items ? values.map(value => goLike(value, items)) : values
}

function objectLike(value: Record<string, unknown>, schema: TSchema): Record<string, unknown> {
  const known = alternative(schema, shape => shape.properties !== undefined)?.properties
  if (known) return fieldsLike(value, known)
  const [each] = Object.values(
    alternative(schema, shape => shape.patternProperties !== undefined)?.patternProperties ?? {},
  )
  return entriesLike(value, each)
}

function fieldsLike(value: Record<string, unknown>, known: Properties): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(value)) {
    const own = Object.hasOwn(known, name) ? name : nameIgnoringCase(known, name)
    const schema = own === undefined ? undefined : known[own]
    if (own === undefined || schema === undefined) continue
    if (field === null && !allowsNull(schema)) continue
    fields[own] = goLike(field, schema)
  }
  return fields
}

/** A map with free keys. `__proto__` as a key would be taken by whoever assigns it later: left out. */
function entriesLike(value: Record<string, unknown>, each: TSchema | undefined): Record<string, unknown> {
  const entries = Object.entries(value).filter(([name]) => name !== '__proto__')
  return Object.fromEntries(entries.map(([name, entry]) => [name, each ? goLike(entry, each) : entry]))
}

const lowered = new WeakMap<Properties, Map<string, string>>()
function nameIgnoringCase(known: Properties, name: string): string | undefined {
  const names = lowered.get(known) ?? new Map(Object.keys(known).map(own => [own.toLowerCase(), own]))
  lowered.set(known, names)
  return names.get(name.toLowerCase())
}

function alternative(schema: TSchema, suits: (shape: Shape) => boolean): Shape | undefined {
  const shape = schema as Shape
  return suits(shape) ? shape : (shape.anyOf as Shape[] | undefined)?.find(suits)
}

const allowsNull = (schema: TSchema): boolean => alternative(schema, shape => shape.type === 'null') !== undefined
