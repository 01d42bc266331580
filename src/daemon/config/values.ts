import { isDeepStrictEqual } from 'node:util'
import type { FlagTable } from '../../formats/command-line/flag.ts'
import { bool } from '../../formats/command-line/flag-types.ts'
import { CommandLineError, parseLine } from '../../formats/command-line/parse.ts'
import { configFaults } from './faults.ts'
import { isRecord, type Option } from './option.ts'
import { FLAG_OF_KEY, NOT_YET, OPTIONS } from './options.table.ts'

type Options = typeof OPTIONS
export type Key = keyof Options
/** What was asked for, by key; a key that nobody set is absent. */
export type Values = { [K in Key]?: Options[K] extends Option<infer T> ? T : never }

const KEYS = Object.keys(OPTIONS) as Key[]
const option = (key: Key): Option<unknown> => OPTIONS[key] as unknown as Option<unknown>
export const flagOf = (key: Key): string => option(key).flagName ?? key

export type CommandLine = { values: Values; help: boolean; version: boolean; validate: boolean }

/** The flags of `berth daemon`. dockerd's flags that mean nothing here yet are refused by name. */
export function readFlags(args: readonly string[]): CommandLine {
  const table: FlagTable = {
    validate: bool('Check the configuration and exit'),
    version: bool('Print version', { short: 'v' }),
  }
  for (const key of KEYS) table[flagOf(key)] = option(key).flag
  refuseNotYet(args)
  const line = parsed(table, args)
  const [operand] = line.operands
  if (operand !== undefined) throw configFaults.OPERAND(operand)
  const given = KEYS.filter(key => line.changed.has(flagOf(key))).map(key => [key, line.values[flagOf(key)]])
  const { validate, version } = line.values
  return { values: Object.fromEntries(given), help: line.help, version: version === true, validate: validate === true }
}

function refuseNotYet(args: readonly string[]): void {
  const later = new Set<string>(NOT_YET.map(key => FLAG_OF_KEY[key] ?? key))
  for (const arg of args) {
    const name = /^--([\w-]+)/.exec(arg)?.[1]
    if (name && later.has(name)) throw configFaults.FLAG_NOT_YET(name)
  }
}

function parsed(table: FlagTable, args: readonly string[]) {
  try {
    return parseLine(table, args, { interspersed: true })
  } catch (failure) {
    if (failure instanceof CommandLineError) throw configFaults.FLAG(failure.message)
    throw failure
  }
}

/** The configuration file. Throws faults that name the key. */
export function readFile(file: string, text: string): Values {
  const json = parseJson(file, text)
  const keys = Object.keys(json)
  const later = keys.find(key => (NOT_YET as readonly string[]).includes(key))
  if (later) throw configFaults.KEY_NOT_YET(file, later)
  const unknown = keys.filter(key => !Object.hasOwn(OPTIONS, key) || option(key as Key).flagOnly)
  if (unknown.length > 0) throw configFaults.UNKNOWN_KEYS(file, unknown.join(', '))
  return Object.fromEntries(keys.map(key => [key, readValue(file, key as Key, json[key])]))
}

function parseJson(file: string, text: string): Record<string, unknown> {
  let json: unknown
  try {
    json = text.trim() === '' ? {} : JSON.parse(text)
  } catch (cause) {
    throw configFaults.NOT_JSON(file, cause instanceof Error ? cause.message : String(cause), { cause })
  }
  if (!isRecord(json)) throw configFaults.NOT_OBJECT(file)
  return json
}

function readValue(file: string, key: Key, json: unknown): unknown {
  const value = option(key).read(json)
  if (value === undefined) throw configFaults.WRONG_TYPE(file, key, option(key).expects)
  return value
}

/** Both together. A key that they give different values is an error, as no order of preference would surprise nobody. */
export function merge(file: string, fromFile: Values, fromFlags: Values): Values {
  const both = KEYS.filter(
    key => key in fromFile && key in fromFlags && !isDeepStrictEqual(fromFile[key], fromFlags[key]),
  )
  if (both.length > 0) {
    const told = both.map(key => `${key}: (from flag: ${shown(fromFlags[key])}, from file: ${shown(fromFile[key])})`)
    throw configFaults.CONFLICT(file, told.join(', '))
  }
  return { ...fromFile, ...fromFlags }
}

/** As Go prints lists and words. */
const shown = (value: unknown): string =>
  Array.isArray(value) ? `[${value.join(' ')}]` : typeof value === 'object' ? JSON.stringify(value) : String(value)
