import { parseDuration } from '../../base/durations.ts'
import { parseBytes } from '../../base/units.ts'
import { parseCsvLine } from '../csv/csv.ts'
import { type Flag, type FlagSettings, type FlagType, flag } from './flag.ts'
import { parseGoBoolean, parseGoInteger, parseGoUnsigned } from './numbers.ts'

const BOOLEAN: FlagType<boolean> = { label: '', accept: parseGoBoolean, bare: 'true' }
const TEXT: FlagType<string> = { label: 'string', accept: text => text }
const INTEGER: FlagType<number> = { label: 'int', accept: text => parseGoInteger(text) }
const BYTES: FlagType<number> = { label: 'bytes', accept: text => parseBytes(text) }
const DURATION: FlagType<number> = { label: 'duration', accept: text => parseDuration(text) }

type Settings<T> = FlagSettings & { default?: T; label?: string }

/** `--all`, `--all=false`. */
export function bool(usage: string, settings: Settings<boolean> = {}): Flag<boolean> {
  const value = settings.default ?? false
  return flag(BOOLEAN, usage, value, { shownDefault: value ? 'true' : undefined, ...settings })
}

export function text(usage: string, settings: Settings<string> = {}): Flag<string> {
  const value = settings.default ?? ''
  return flag(relabelled(TEXT, settings.label), usage, value, {
    shownDefault: value && settings.label === undefined ? JSON.stringify(value) : value || undefined,
    ...settings,
  })
}

export function integer(usage: string, settings: Settings<number> = {}): Flag<number> {
  const value = settings.default ?? 0
  return flag(INTEGER, usage, value, { shownDefault: value === 0 ? undefined : String(value), ...settings })
}

/** An unsigned integer of 16 bits, as `--blkio-weight` takes it. */
export const unsigned16 = (usage: string, settings: Settings<number> = {}): Flag<number> =>
  flag({ label: 'uint16', accept: given => parseGoUnsigned(given, 16) }, usage, 0, settings)

/** A size in bytes: `512m`. */
export const bytes = (usage: string, settings: Settings<number> = {}): Flag<number> => flag(BYTES, usage, 0, settings)

/** A Go duration in nanoseconds. */
export const duration = (usage: string, settings: Settings<number> = {}): Flag<number> =>
  flag(DURATION, usage, 0, { shownDefault: '0s', ...settings })

/** A flag that may be repeated. `check` may change one value or refuse it. */
export function list(
  usage: string,
  settings: Settings<string[]> & { check?: (text: string) => string } = {},
): Flag<string[]> {
  const check = settings.check ?? ((given: string) => given)
  return flag(
    { label: settings.label ?? 'list', accept: (given, before: string[]) => [...before, check(given)], repeats: true },
    usage,
    settings.default ?? [],
    settings,
  )
}

/** `key=value`, repeated; the last value of a key counts, a missing one is ''. */
export const map = (usage: string, settings: Settings<Record<string, string>> = {}): Flag<Record<string, string>> =>
  flag(
    { label: settings.label ?? 'map', accept: (given, before) => ({ ...before, ...pair(given) }), repeats: true },
    usage,
    {} as Record<string, string>,
    { shownDefault: 'map[]', ...settings },
  )

/** A value of its own kind, read by `accept`. */
export const custom = <T>(
  label: string,
  accept: (text: string, before: T) => T,
  usage: string,
  settings: Settings<T> & { default: T; repeats?: boolean },
): Flag<T> => flag({ label, accept, repeats: settings.repeats ?? true }, usage, settings.default, settings)

/** pflag's stringSlice: values separated by commas, repeated. */
export const strings = (usage: string, settings: Settings<string[]> = {}): Flag<string[]> =>
  flag(
    {
      label: 'strings',
      accept: (given, before: string[]) => (given === '' ? before : [...before, ...given.split(',')]),
      repeats: true,
    },
    usage,
    [],
    settings,
  )

/** pflag's stringToString: `key=value` separated by commas, quoted as in CSV; repeated. */
export const keyValues = (
  usage: string,
  settings: Settings<Record<string, string>> = {},
): Flag<Record<string, string>> =>
  flag(
    {
      label: 'stringToString',
      accept: (given, before) => Object.assign({ ...before }, ...pairsOf(given)) as Record<string, string>,
      repeats: true,
    },
    usage,
    {} as Record<string, string>,
    { shownDefault: '[]', ...settings },
  )

function pairsOf(given: string): Record<string, string>[] {
  const fields = given.includes(',') || given.includes('"') ? parseCsvLine(given) : [given]
  const wrong = fields.find(field => !field.includes('='))
  if (wrong !== undefined) throw new Error(`${wrong} must be formatted as key=value`)
  return fields.map(pair)
}

/** Another name for a flag; never shown. */
export const aliasFor = (name: string, settings: FlagSettings = {}): Flag<undefined> =>
  flag<undefined>({ label: '', accept: () => undefined }, '', undefined, { hidden: true, aliasOf: name, ...settings })

function pair(given: string): Record<string, string> {
  const at = given.indexOf('=')
  return at < 0 ? { [given]: '' } : { [given.slice(0, at)]: given.slice(at + 1) }
}

const relabelled = <T>(type: FlagType<T>, label: string | undefined): FlagType<T> =>
  label === undefined ? type : { ...type, label }
