import type { Static, TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import { httpFaults } from './faults.ts'
import { goLike } from './go-json.ts'

const compiled = new WeakMap<TSchema, Validator>()

/** Source: Docker's CheckForJSON. A request without a body needs no type. */
export function requireJsonType(type: string | undefined, hasBody: boolean): void {
  if (type === undefined || type === '') {
    if (hasBody) throw httpFaults.MEDIA_TYPE_MALFORMED('')
    return
  }
  const media = type.split(';')[0]?.trim().toLowerCase()
  if (media !== 'application/json') throw httpFaults.MEDIA_TYPE(type.slice(0, 200))
}

/** The value of a JSON text that fits the schema, read as leniently as Go reads it; throws a fault that names the first field that does not. */
export function readJson<S extends TSchema>(text: string, schema: S): Static<S> {
  const value = goLike(parse(text), schema)
  const validator = validatorFor(schema)
  if (!validator.Check(value)) throw complaint(validator, value)
  return value as Static<S>
}

/** Compiles a schema ahead of the first body of its kind. */
export const prepareSchema = (schema: TSchema): void => void validatorFor(schema)

function validatorFor(schema: TSchema): Validator {
  const before = compiled.get(schema)
  if (before) return before
  const validator = Compile(schema)
  compiled.set(schema, validator)
  return validator
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (failure) {
    const end = endOfFirstValue(text)
    if (end !== undefined && end < text.trimEnd().length && isJson(text.slice(0, end))) throw httpFaults.TRAILING_JSON()
    throw httpFaults.BAD_JSON(
      failure instanceof Error ? failure.message.replace(/^JSON Parse error: /, '') : 'malformed',
    )
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Where the first object or array ends, by its brackets; enough to tell `{}{}` from `{`. */
function endOfFirstValue(text: string): number | undefined {
  const token = /"(?:[^"\\]|\\.)*"|[[\]{}]/gs
  let depth = 0
  for (const match of text.matchAll(token)) {
    if (match[0] === '{' || match[0] === '[') depth++
    if (match[0] === '}' || match[0] === ']') depth--
    if (depth === 0) return match.index + match[0].length
  }
  return undefined
}

function complaint(validator: Validator, value: unknown) {
  const [first] = validator.Errors(value)
  const field = first?.instancePath.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~')
  return httpFaults.BAD_FIELD(field || 'body', first?.message ?? 'has the wrong type')
}
