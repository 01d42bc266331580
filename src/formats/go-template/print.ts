import { formatDuration } from '../../base/durations.ts'
import { concrete, elements, fieldOf, type GoType, type GoValue, isNullish, mapKeys } from './values.ts'

/** fmt's %v of a value inside others. */
export function formatValue(given: GoValue, depth = 0): string {
  const { type, data } = concrete(given)
  switch (type.kind) {
    case 'any':
      return '<nil>'
    case 'string':
    case 'number':
      return String(data ?? '')
    case 'bool':
      return String(data ?? false)
    case 'int':
    case 'uint':
      return String(data ?? 0)
    case 'float':
      return formatFloat(Number(data ?? 0))
    case 'duration':
      return formatDuration(Number(data ?? 0))
    case 'time':
      return formatTime(String(data))
    case 'slice':
      return `[${elements(data)
        .map(one => formatValue({ type: type.of, data: one }, depth + 1))
        .join(' ')}]`
    case 'map':
      return `map[${mapKeys(data)
        .map(key => `${key}:${formatValue({ type: type.of, data: (data as Record<string, unknown>)[key] }, depth + 1)}`)
        .join(' ')}]`
    case 'struct':
      return formatStruct(type, data, depth)
    case 'pointer':
      return formatPointer(type.of, data, depth)
    case 'methods':
      return `{${type.name}}`
  }
}

/** text/template's way to print: pointers are followed, what is missing is `<no value>`. */
export function printValue(value: GoValue | undefined): string {
  if (!value) return '<no value>'
  const inner = concrete(value)
  if (inner.type.kind === 'any') return '<no value>'
  if (inner.type.kind !== 'pointer') return formatValue(inner)
  return isNullish(inner.data) ? '<nil>' : formatValue({ type: inner.type.of, data: inner.data })
}

function formatStruct(type: GoType, data: unknown, depth: number): string {
  if (type.kind !== 'struct') return ''
  const struct = { type, data }
  return `{${type.fields.map(field => formatValue(fieldOf(struct, field.name)!, depth + 1)).join(' ')}}`
}

/** At the top Go shows what is pointed at, further in only the address, which is different each time. */
function formatPointer(of: GoType, data: unknown, depth: number): string {
  if (isNullish(data)) return '<nil>'
  return depth === 0 ? `&${formatValue({ type: of, data }, depth + 1)}` : '0xc000000000'
}

/** Go's %v of a float64: the fewest digits that tell it, with an exponent below 1e-4 and from 1e6 on. */
export function formatFloat(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  if (Number.isNaN(value)) return 'NaN'
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  const [digits, power] = value.toExponential().split('e') as [string, string]
  if (Number(power) >= -4 && Number(power) < 6) return String(value)
  return `${digits}e${power[0]}${power.slice(1).padStart(2, '0')}`
}

/** time.Time's String of an RFC 3339 text: `2006-01-02 15:04:05.999999999 -0700 MST`. */
function formatTime(text: string): string {
  const match = /^(\d{4,}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(text)
  if (!match) return text
  const fraction = (match[3] ?? '').replace(/\.?0+$/, '')
  const zone = match[4] === 'Z' ? '+0000 UTC' : `${match[4]!.replace(':', '')} ${match[4]!.replace(':', '')}`
  return `${match[1]} ${match[2]}${fraction} ${zone}`
}
