import { parseGoBoolean } from '../command-line/numbers.ts'
import { parseCsvLine } from '../csv/csv.ts'
import { WordError } from './faults.ts'
import { suggestion } from './suggest.ts'

/** `--device=name[,required]` of RUN. Throws {@link WordError}. */
export function parseDevice(text: string): { name: string; required: boolean } {
  const device = { name: '', required: false }
  for (const field of fieldsOf(text)) takeField(device, field)
  return device
}

function fieldsOf(text: string): string[] {
  try {
    return parseCsvLine(text)
  } catch (failure) {
    throw new WordError(`failed to parse csv devices: ${(failure as Error).message}`)
  }
}

function takeField(device: { name: string; required: boolean }, field: string): void {
  const at = field.indexOf('=')
  const key = (at < 0 ? field : field.slice(0, at)).toLowerCase()
  const value = at < 0 ? undefined : field.slice(at + 1)
  if (key === 'required') device.required = value === undefined || booleanOf(key, value)
  else if (key === 'name' && value !== undefined) {
    if (device.name !== '') throw new WordError(`device name already set to ${device.name}`)
    device.name = value
  } else if (device.name === '') device.name = field
  else if (value === undefined) throw new WordError(`invalid field '${field}' must be a key=value pair`)
  else throw new WordError(`unexpected key '${key}' in '${field}'${suggestion(key, ['name', 'required'])}`)
}

function booleanOf(key: string, value: string): boolean {
  try {
    return parseGoBoolean(value)
  } catch {
    throw new WordError(`invalid value for ${key}: ${value}`)
  }
}
