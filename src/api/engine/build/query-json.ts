import { type Static, type TSchema, Type } from 'typebox'
import { readJson } from '../../http/json.ts'
import { buildDoorFaults } from './faults.ts'

const TextMap = Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()]))
const TextList = Type.Array(Type.String())
const UlimitList = Type.Array(Type.Object({ Name: Type.String(), Soft: Type.Integer(), Hard: Type.Integer() }))

function read<S extends TSchema>(schema: S, text: string | undefined, what: string): Static<S> | undefined {
  if (!text || text === 'null') return undefined
  try {
    return readJson(text, schema)
  } catch (failure) {
    throw buildDoorFaults.JSON(what, (failure as Error).message, { cause: failure })
  }
}

/** A JSON object of texts. What is null there is not given. */
export function textMap(text: string | undefined, what: string): Record<string, string> {
  const entries = Object.entries(read(TextMap, text, what) ?? {})
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== null))
}

export const textList = (text: string | undefined, what: string): string[] => read(TextList, text, what) ?? []
export const ulimits = (text: string | undefined) => read(UlimitList, text, 'ulimits') ?? []
