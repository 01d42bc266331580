import { parseBytes } from '../../base/units.ts'
import { isRecord, type Option, shaped } from './option.ts'

export type RuntimeSetting = { path: string; args: string[] }
export type AddressPool = { base: string; size: number }
export type UlimitSetting = { Name: string; Soft: number; Hard: number }
type Words = Record<string, string>

/** `{"max-size": "10m"}`; as a flag `max-size=10m`, repeated. */
export const pairs = (help: string, more: Parameters<typeof shaped>[2] = {}): Option<Words> =>
  shaped<Words>(
    help,
    {
      expects: 'an object of strings',
      read: json =>
        isRecord(json) && Object.values(json).every(one => typeof one === 'string') ? (json as Words) : undefined,
      accept: (text, before) => ({ ...before, [nameOf(text)]: textAfter(text) ?? '' }),
      empty: {},
    },
    more,
  )

/** `{"name": {"path": "/usr/bin/x", "runtimeArgs": []}}`; as a flag `name=/usr/bin/x`. */
export const runtimes = (
  help: string,
  more: Parameters<typeof shaped>[2] = {},
): Option<Record<string, RuntimeSetting>> =>
  shaped<Record<string, RuntimeSetting>>(
    help,
    {
      expects: 'an object of runtimes, each with a path',
      read: json => (isRecord(json) ? everyValue(json, readRuntime) : undefined),
      accept: (text, before) => {
        const path = textAfter(text)
        if (!path || nameOf(text) === '') throw new Error(`invalid runtime: ${text}: want name=path`)
        return { ...before, [nameOf(text)]: { path, args: [] } }
      },
      empty: {},
    },
    more,
  )

function readRuntime(json: unknown): RuntimeSetting | undefined {
  if (!isRecord(json) || typeof json['path'] !== 'string' || json['path'] === '') return undefined
  const args = json['runtimeArgs'] ?? []
  if (!Array.isArray(args) || !args.every(one => typeof one === 'string')) return undefined
  return Object.keys(json).every(key => key === 'path' || key === 'runtimeArgs')
    ? { path: json['path'], args }
    : undefined
}

/** `[{"base": "10.0.0.0/8", "size": 24}]`; as a flag `base=10.0.0.0/8,size=24`. */
export const pools = (help: string, more: Parameters<typeof shaped>[2] = {}): Option<AddressPool[]> =>
  shaped<AddressPool[]>(
    help,
    {
      expects: 'a list of {"base", "size"}',
      read: json => (Array.isArray(json) ? everyItem(json, readPool) : undefined),
      accept: (text, before) => {
        const fields = Object.fromEntries(text.split(',').map(field => [nameOf(field), textAfter(field)]))
        const pool = readPool({ base: fields['base'], size: Number(fields['size']) })
        if (!pool) throw new Error(`invalid address pool: ${text}: want base=10.0.0.0/8,size=24`)
        return [...before, pool]
      },
      empty: [],
    },
    more,
  )

function readPool(json: unknown): AddressPool | undefined {
  if (!isRecord(json) || typeof json['base'] !== 'string' || !Number.isInteger(json['size'])) return undefined
  return { base: json['base'], size: json['size'] as number }
}

/** `{"nofile": {"Name": "nofile", "Soft": 1024, "Hard": 2048}}`; as a flag `nofile=1024:2048`. */
export const ulimits = (help: string, more: Parameters<typeof shaped>[2] = {}): Option<Record<string, UlimitSetting>> =>
  shaped<Record<string, UlimitSetting>>(
    help,
    {
      expects: 'an object of {"Name", "Soft", "Hard"}',
      read: json => (isRecord(json) ? everyValue(json, readUlimit) : undefined),
      accept: (text, before) => {
        const match = /^(\w+)=(-?\d+)(?::(-?\d+))?$/.exec(text)
        if (!match) throw new Error(`invalid ulimit argument: ${text}`)
        const [, name = '', soft = '0', hard = soft] = match
        return { ...before, [name]: { Name: name, Soft: Number(soft), Hard: Number(hard) } }
      },
      empty: {},
    },
    more,
  )

function readUlimit(json: unknown): UlimitSetting | undefined {
  if (!isRecord(json)) return undefined
  const { Name, Soft, Hard } = json
  if (typeof Name !== 'string' || !Number.isSafeInteger(Soft) || !Number.isSafeInteger(Hard)) return undefined
  return { Name, Soft: Soft as number, Hard: Hard as number }
}

/** Bytes: `64m`, or a number. */
export const size = (help: string, more: Parameters<typeof shaped>[2] = {}): Option<number> =>
  shaped<number>(
    help,
    {
      expects: 'a size such as "64m"',
      read: json =>
        typeof json === 'number' && json >= 0 ? json : typeof json === 'string' ? parsed(json) : undefined,
      accept: text => parseBytes(text),
      empty: 0,
    },
    more,
  )

function parsed(text: string): number | undefined {
  try {
    return parseBytes(text)
  } catch {
    return undefined
  }
}

function everyValue<T>(
  json: Record<string, unknown>,
  read: (one: unknown) => T | undefined,
): Record<string, T> | undefined {
  const entries = Object.entries(json).map(([name, one]) => [name, read(one)] as const)
  return entries.some(([, one]) => one === undefined) ? undefined : (Object.fromEntries(entries) as Record<string, T>)
}

function everyItem<T>(json: unknown[], read: (one: unknown) => T | undefined): T[] | undefined {
  const items = json.map(read)
  return items.some(one => one === undefined) ? undefined : (items as T[])
}

const nameOf = (text: string): string => (text.includes('=') ? text.slice(0, text.indexOf('=')) : text)
const textAfter = (text: string): string | undefined =>
  text.includes('=') ? text.slice(text.indexOf('=') + 1) : undefined
