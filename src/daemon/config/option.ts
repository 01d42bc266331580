import { type Flag, flag } from '../../formats/command-line/flag.ts'
import { bool, integer, list, text } from '../../formats/command-line/flag-types.ts'

/** One setting of the daemon: a flag of the command line and a key of daemon.json, by dockerd's names. */
export type Option<T> = {
  flag: Flag<T>
  /** Where dockerd calls the flag by another name than the key (`--host`, `hosts`). */
  flagName?: string
  /** What the value in the file must be, in words. */
  expects: string
  /** The value of a JSON value; undefined where it has the wrong type. */
  read: (json: unknown) => T | undefined
  /** How it is told in documents. */
  help: string
  /** Set on what can only be a flag, as it says where the file is. */
  flagOnly?: boolean
}
type More = { short?: string; flagName?: string; default?: string | number; flagOnly?: boolean }

export const onOff = (help: string, more: More = {}): Option<boolean> => ({
  flag: bool(help, { short: more.short }),
  expects: 'true or false',
  read: json => (typeof json === 'boolean' ? json : undefined),
  help,
  ...more,
})

export const word = (help: string, more: More = {}): Option<string> => ({
  flag: text(help, { short: more.short }),
  expects: 'a string',
  read: json => (typeof json === 'string' ? json : undefined),
  help,
  ...more,
})

export const count = (help: string, more: More = {}): Option<number> => ({
  flag: integer(help, { short: more.short }),
  expects: 'a whole number',
  read: json => (Number.isSafeInteger(json) ? (json as number) : undefined),
  help,
  ...more,
})

export const words = (help: string, more: More = {}): Option<string[]> => ({
  flag: list(help, { short: more.short }),
  expects: 'a list of strings',
  read: json => (Array.isArray(json) && json.every(one => typeof one === 'string') ? json : undefined),
  help,
  ...more,
})

/** A value of a shape of its own: `read` takes it from the file, `accept` adds what one use of the flag says. */
export function shaped<T>(
  help: string,
  shape: { expects: string; read: (json: unknown) => T | undefined; accept: (text: string, before: T) => T; empty: T },
  more: More = {},
): Option<T> {
  const type = { label: shape.expects, accept: shape.accept, repeats: true }
  return { flag: flag(type, help, shape.empty, more), expects: shape.expects, read: shape.read, help, ...more }
}

export const isRecord = (json: unknown): json is Record<string, unknown> =>
  typeof json === 'object' && json !== null && !Array.isArray(json)
