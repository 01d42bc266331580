import { areEqual, isLess } from './compare.ts'
import { goJson } from './json.ts'
import { formatValue } from './print.ts'
import { sprintf } from './printf.ts'
import {
  concrete,
  elements,
  type GoValue,
  goAny,
  goBool,
  goInt,
  goString,
  indirect,
  isNullish,
  isTrue,
  mapKeys,
  STRING,
  sliceOf,
  zeroed,
} from './values.ts'

export type Parameter = 'any' | 'string' | 'int' | 'strings'
/** `variadic`: the kind of the arguments after the fixed ones. A thrown message becomes `error calling <name>: …`. */
export type GoFunction = {
  parameters: Parameter[]
  variadic?: Parameter
  call: (args: GoValue[]) => GoValue | undefined
}

const text = (value: GoValue | undefined): string => String(concrete(value!).data ?? '')
const number = (value: GoValue | undefined): number => Number(concrete(value!).data)
const strings = (value: GoValue | undefined): string[] => elements(concrete(value!).data).map(one => text(goAny(one)))

/** Letter by letter, as Go does it: one that would become two stays. */
function upperCase(value: string): string {
  return [...value]
    .map(letter => (letter.toUpperCase().length === letter.length ? letter.toUpperCase() : letter))
    .join('')
}

const define = (parameters: Parameter[], call: GoFunction['call'], variadic?: Parameter): GoFunction => ({
  parameters,
  variadic,
  call,
})
const onText = (change: (value: string) => string): GoFunction =>
  define(['string'], ([value]) => goString(change(text(value))))
const escaping = (change: (value: string) => string): GoFunction =>
  define([], args => goString(change(printed(args, ''))), 'any')

/** Go's own functions; `and`, `or` and `call` are in the evaluator, because they do not always want all of their operands. */
const goFunctions: Record<string, GoFunction> = {
  not: define(['any'], ([value]) => goBool(!isTrue(value!))),
  len: define(['any'], ([value]) => goInt(lengthOf(value!))),
  index: define(['any'], ([value, ...keys]) => keys.reduce((at, key) => indexed(at, key), value!), 'any'),
  slice: define(['any'], ([value, ...bounds]) => sliced(value!, bounds), 'any'),
  print: define([], args => goString(printed(args)), 'any'),
  println: define([], args => goString(`${args.map(arg => formatValue(arg)).join(' ')}\n`), 'any'),
  printf: define(['string'], ([format, ...args]) => goString(sprintf(text(format), args)), 'any'),
  html: escaping(escapeHtml),
  js: escaping(escapeScript),
  urlquery: escaping(escapeQuery),
  eq: define(['any'], ([first, ...others]) => goBool(areEqual(first!, others)), 'any'),
  ne: define(['any', 'any'], ([left, right]) => goBool(!areEqual(left!, [right!]))),
  lt: define(['any', 'any'], ([left, right]) => goBool(isLess(left!, right!))),
  le: define(['any', 'any'], ([left, right]) => goBool(isLess(left!, right!) || areEqual(left!, [right!]))),
  gt: define(['any', 'any'], ([left, right]) => goBool(!isLess(left!, right!) && !areEqual(left!, [right!]))),
  ge: define(['any', 'any'], ([left, right]) => goBool(!isLess(left!, right!))),
}

/** What docker adds. */
const dockerFunctions: Record<string, GoFunction> = {
  json: define(['any'], ([value]) => goString(goJson(value!))),
  split: define(['string', 'string'], ([value, separator]) => ({
    type: sliceOf(STRING),
    data: text(separator) === '' ? [...text(value)] : text(value).split(text(separator)),
  })),
  join: define(['strings', 'string'], ([value, separator]) => goString(strings(value).join(text(separator)))),
  title: onText(value =>
    value.replace(/(^|[^\p{L}\p{N}_])(\p{L})/gu, (_, before, letter) => before + upperCase(letter)),
  ),
  lower: onText(value => value.toLowerCase()),
  upper: onText(upperCase),
  pad: define(['string', 'int', 'int'], ([value, before, after]) =>
    goString(padText(text(value), number(before), number(after))),
  ),
  truncate: define(['string', 'int'], ([value, length]) => goString(truncateBytes(text(value), number(length)))),
}

export const functions: Record<string, GoFunction> = { ...goFunctions, ...dockerFunctions }
export const FUNCTION_NAMES: ReadonlySet<string> = new Set([...Object.keys(functions), 'and', 'or', 'call'])

const same = (parameters: Parameter[]): GoFunction => define(parameters, ([value]) => value)
/** Instead of docker's functions when the header of a table is made: column names stay as they are, `pad` still pads. */
export const headerFunctions: Record<string, GoFunction> = {
  ...functions,
  json: same(['string']),
  split: same(['string', 'string']),
  join: same(['string', 'string']),
  title: same(['string']),
  lower: same(['string']),
  upper: same(['string']),
  truncate: same(['string', 'int']),
}

/** fmt.Sprint: blanks only between operands when neither is a text. */
function printed(args: GoValue[], between = ' '): string {
  let result = ''
  for (const [place, arg] of args.entries()) {
    const before = args[place - 1]
    const isText = (value: GoValue) => ['string', 'number'].includes(concrete(value).type.kind)
    if (before && !isText(before) && !isText(arg)) result += between
    result += formatValue(arg)
  }
  return result
}

function padText(value: string, before: number, after: number): string {
  if (before < 0 || after < 0) throw new Error('strings: negative Repeat count')
  return value === '' ? '' : ' '.repeat(before) + value + ' '.repeat(after)
}

function truncateBytes(value: string, length: number): string {
  const bytes = Buffer.from(value)
  if (length < 0) throw new Error(`runtime error: slice bounds out of range [:${length}]`)
  return bytes.length < length ? value : bytes.subarray(0, length).toString()
}

function lengthOf(given: GoValue): number {
  const { value, isNil } = indirect(given)
  if (isNil) {
    throw new Error(
      given.type.kind === 'any' ? 'reflect: call of reflect.Value.Type on zero Value' : 'len of nil pointer',
    )
  }
  if (value.type.kind === 'string' || value.type.kind === 'number') return Buffer.byteLength(String(value.data))
  if (value.type.kind === 'slice') return elements(value.data).length
  if (value.type.kind === 'map') return mapKeys(value.data).length
  throw new Error(`len of type ${value.type.name}`)
}

function indexed(given: GoValue, key: GoValue): GoValue {
  const { value, isNil } = indirect(given)
  if (isNil) throw new Error(given.type.kind === 'any' ? 'index of untyped nil' : 'index of nil pointer')
  const { type, data } = value
  if (type.kind === 'slice') return { type: type.of, data: elements(data)[inside(key, elements(data).length, 'slice')] }
  if (type.kind === 'string') return { type: { kind: 'uint', name: 'uint8' }, data: byteAt(String(data), key) }
  if (type.kind !== 'map') throw new Error(`can't index item of type ${type.name}`)
  const wanted = concrete(key)
  const keyName = type.keyName ?? 'string'
  if (wanted.type.name !== keyName) throw new Error(`value has type ${wanted.type.name}; should be ${keyName}`)
  const found = isNullish(data) ? undefined : ownEntry(data, String(wanted.data))
  return { type: type.of, data: zeroed(type.of, found) }
}

export const ownEntry = (data: unknown, key: string): unknown =>
  Object.hasOwn(data as object, key) ? (data as Record<string, unknown>)[key] : undefined

const byteAt = (value: string, key: GoValue): number => {
  const bytes = Buffer.from(value)
  return bytes[inside(key, bytes.length, 'string')]!
}

function place(key: GoValue, length: number): number {
  const { type, data } = concrete(key)
  if (type.kind === 'any') throw new Error('cannot index slice/array with nil')
  if (type.kind !== 'int' && type.kind !== 'uint') throw new Error(`cannot index slice/array with type ${type.name}`)
  if (Number(data) < 0 || Number(data) > length) throw new Error(`index out of range: ${data}`)
  return Number(data)
}

/** Go lets the length itself through its own check and stumbles over it one step later. */
function inside(key: GoValue, length: number, what: 'slice' | 'string'): number {
  const at = place(key, length)
  if (at === length) throw new Error(`reflect: ${what} index out of range`)
  return at
}

function sliced(given: GoValue, bounds: GoValue[]): GoValue {
  const { value, isNil } = indirect(given)
  if (isNil) throw new Error('slice of untyped nil')
  const isText = value.type.kind === 'string'
  if (!isText && value.type.kind !== 'slice') throw new Error(`can't slice item of type ${value.type.name}`)
  if (isText && bounds.length === 3) throw new Error('cannot 3-index slice a string')
  if (bounds.length > 3) throw new Error(`too many slice indexes: ${bounds.length}`)
  const whole = isText ? Buffer.from(String(value.data)) : elements(value.data)
  const [from = 0, to = whole.length] = bounds.map(bound => place(bound, whole.length))
  if (from > to) throw new Error(`invalid slice index: ${from} > ${to}`)
  const part = whole.slice(from, to)
  return { type: value.type, data: isText ? part.toString() : part }
}

function escapeHtml(value: string): string {
  const signs: Record<string, string> = {
    '"': '&#34;',
    "'": '&#39;',
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '\0': '\uFFFD',
  }
  return value.replace(/["'&<>\0]/g, sign => signs[sign]!)
}

function escapeScript(value: string): string {
  const signs: Record<string, string> = {
    '\\': '\\\\',
    "'": "\\'",
    '"': '\\"',
    '<': '\\u003C',
    '>': '\\u003E',
    '&': '\\u0026',
    '=': '\\u003D',
  }
  return value.replace(
    /[\\'"<>&=\x00-\x1f]/g,
    sign => signs[sign] ?? `\\u${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
  )
}

function escapeQuery(value: string): string {
  return encodeURIComponent(value)
    .replace(/%20/g, '+')
    .replace(/[!'()*]/g, sign => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
}
