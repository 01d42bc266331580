import { type GoField, type GoType, mapOf, pointerTo, sliceOf } from '../go-template/values.ts'
import { GO_SHAPES } from './table.ts'

type Scalar = 'any' | 'string' | 'bool' | 'int' | 'uint' | 'float' | 'duration' | 'time'
const SCALARS: Record<string, GoType> = Object.fromEntries(
  (
    [
      ['any', 'interface {}'],
      ['string', 'string'],
      ['bool', 'bool'],
      ['int', 'int'],
      ['uint', 'uint'],
      ['float', 'float64'],
      ['duration', 'time.Duration'],
      ['time', 'time.Time'],
    ] as [Scalar, string][]
  ).map(([kind, name]) => [kind, { kind, name }]),
)
const EMPTY: GoType = { kind: 'struct', name: 'struct {}', fields: [] }

const made = new Map<string, GoType>()
let lines: Map<string, string> | undefined

/** The Go type of that name, e.g. `container.InspectResponse`. The table is read when it is first needed. */
export function goShape(name: string): GoType {
  const known = made.get(name)
  if (known) return known
  lines ??= new Map(
    GO_SHAPES.trim()
      .split('\n')
      .map(line => line.split(': ', 2) as [string, string]),
  )
  const fields: GoField[] = []
  const shape: GoType = { kind: 'struct', name, fields }
  made.set(name, shape)
  for (const text of lines.get(name)?.split(' | ') ?? []) fields.push(field(text))
  return shape
}

function field(text: string): GoField {
  const at = text.indexOf(' ')
  const [label, type] = [text.slice(0, at), text.slice(at + 1)]
  const [name = '', json = name] = label.replace(/[+?]/g, '').split('=')
  return { name, json, type: goType(type), embedded: label.startsWith('+'), omitsEmpty: label.endsWith('?') }
}

function goType(text: string): GoType {
  if (text.startsWith('*')) return pointerTo(goType(text.slice(1)))
  if (text.startsWith('[]')) return sliceOf(goType(text.slice(2)))
  if (text.startsWith('map ')) return mapOf(goType(text.slice(4)))
  if (text.startsWith('ports ')) return mapOf(goType(text.slice(6)), 'nat.Port')
  if (text === '{}') return EMPTY
  return SCALARS[text] ?? goShape(text)
}
