import { parseBytes } from '../../base/units.ts'
import { parseGoBoolean } from '../command-line/numbers.ts'
import { parseCsvLine } from '../csv/csv.ts'
import type { RunMount } from './dockerfile.ts'
import { WordError } from './faults.ts'
import { suggestion } from './suggest.ts'

const TYPES = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'] as const
const SHARING = ['shared', 'private', 'locked'] as const
const KEYS =
  'type from source target readonly id sharing required size mode uid gid src dst destination ro rw readwrite env'
const LARGEST_ID = 2 ** 32 - 1

/** What is known so far; `readOnly` is undefined until it is said. */
type Draft = Omit<RunMount, 'readOnly'> & { readOnly?: boolean }

/**
 * Reads a value of RUN's --mount. With `expandValue` its variables are replaced and everything is checked; without it only
 * what can be known before (fields, a variable in `from`), as when the file is parsed. Throws {@link WordError}.
 */
export function parseRunMount(text: string, expandValue?: (value: string) => string): RunMount {
  const draft: Draft = { type: 'bind', required: false }
  for (const field of fieldsOf(text)) {
    const at = field.indexOf('=')
    const key = (at < 0 ? field : field.slice(0, at)).toLowerCase()
    const value = at < 0 ? undefined : field.slice(at + 1)
    if (!expandValue) checkEarly(key, value)
    else if (value === undefined) takeWord(draft, key, field)
    else takePair(draft, key, expandValue(value), field)
  }
  if (expandValue) checkWhole(draft)
  return { ...draft, readOnly: draft.readOnly ?? (draft.type !== 'cache' && draft.type !== 'tmpfs') }
}

function fieldsOf(text: string): string[] {
  try {
    return parseCsvLine(text)
  } catch (failure) {
    throw new WordError(`failed to parse csv mounts: ${(failure as Error).message}`)
  }
}

function checkEarly(key: string, value: string | undefined): void {
  const at = value?.indexOf('$') ?? -1
  if (key !== 'from' || at < 0 || at === value!.length - 1) return
  throw new WordError("'from' doesn't support variable expansion, define alias stage instead")
}

function takeWord(draft: Draft, key: string, field: string): void {
  if (key === 'readonly' || key === 'ro') draft.readOnly = true
  else if (key === 'readwrite' || key === 'rw') draft.readOnly = false
  else if (key === 'required') draft.required = onlyFor(draft, key, ['secret', 'ssh'], true)
  else throw new WordError(`invalid field '${field}' must be a key=value pair`)
}

function takePair(draft: Draft, key: string, value: string, field: string): void {
  switch (key) {
    case 'type':
      draft.type = oneOf(TYPES, value, 'unsupported mount type')
      break
    case 'from':
      draft.from = value || undefined
      break
    case 'source':
    case 'src':
      draft.source = value
      break
    case 'target':
    case 'dst':
    case 'destination':
      draft.target = value
      break
    case 'readonly':
    case 'ro':
      draft.readOnly = booleanOf(key, value)
      break
    case 'readwrite':
    case 'rw':
      draft.readOnly = !booleanOf(key, value)
      break
    case 'required':
      draft.required = onlyFor(draft, key, ['secret', 'ssh'], booleanOf(key, value))
      break
    case 'size':
      draft.size = onlyFor(draft, key, ['tmpfs'], sizeOf(value))
      break
    case 'id':
      draft.id = value
      break
    case 'sharing':
      draft.sharing = oneOf(SHARING, value, 'unsupported sharing value')
      break
    case 'mode':
      draft.mode = numberOf(key, value, 8)
      break
    case 'uid':
    case 'gid':
      draft[key] = numberOf(key, value, 10)
      break
    case 'env':
      draft.env = value
      break
    default:
      throw new WordError(`unexpected key '${key}' in '${field}'${suggestion(key, KEYS.split(' '))}`)
  }
}

function onlyFor<T>(draft: Draft, key: string, types: RunMount['type'][], value: T): T {
  if (types.includes(draft.type)) return value
  throw new WordError(`unexpected key '${key}' for mount type '${draft.type}'`)
}

function oneOf<T extends string>(options: readonly T[], value: string, complaint: string): T {
  const found = options.find(option => option === value.toLowerCase())
  if (found) return found
  throw new WordError(`${complaint} ${JSON.stringify(value)}${suggestion(value, options)}`)
}

function booleanOf(key: string, value: string): boolean {
  try {
    return parseGoBoolean(value)
  } catch {
    throw new WordError(`invalid value for ${key}: ${value}`)
  }
}

function sizeOf(value: string): number {
  try {
    return parseBytes(value)
  } catch {
    throw new WordError(`invalid value for size: ${value}`)
  }
}

function numberOf(key: string, value: string, base: 8 | 10): number {
  const isGood = base === 8 ? /^[0-7]+$/.test(value) : /^\d+$/.test(value)
  const number = isGood ? Number.parseInt(value, base) : Number.NaN
  if (number <= LARGEST_ID) return number
  throw new WordError(`invalid value ${value} for ${key}`)
}

function checkWhole(draft: Draft): void {
  if (draft.type === 'bind' || draft.type === 'tmpfs') {
    for (const key of ['mode', 'uid', 'gid'] as const) {
      if (draft[key] !== undefined) throw new WordError(`${key} not allowed for "${draft.type}" type mounts`)
    }
  }
  if (draft.type === 'secret') checkSecret(draft)
  if (draft.sharing && draft.type !== 'cache') throw new WordError(`invalid cache sharing set for ${draft.type} mount`)
}

function checkSecret({ from, sharing, source, target, id }: Draft): void {
  if (from) throw new WordError('secret mount should not have a from')
  if (sharing) throw new WordError('secret mount should not define sharing')
  if (!source && !target && !id) throw new WordError('invalid secret mount. one of source, target required')
  if (source && id) throw new WordError("both source and id can't be set")
}
