/**
 * The kinds of values that a flag takes, after pflag (the library under docker's command line): how a text becomes a
 * value, what the help calls it, and what counts as "not set". A type is plain data and functions, so that a command
 * declares its flags as a table and gets its values typed.
 */
export type FlagType<T> = {
  /** What the help shows after the name: `string`, `list`, `bytes`; '' for booleans. */
  label: string
  /** The value after `text` was given; `before` is the value so far. Throws with the words that follow `invalid argument "x" for "--flag" flag: `. */
  accept(text: string, before: T): T
  /** The text that stands for the flag without a value (booleans: `true`). */
  bare?: string
  /** Set where repeating the flag adds to the value. */
  repeats?: boolean
}

export type Flag<T> = {
  type: FlagType<T>
  usage: string
  value: T
  short: string | undefined
  /** Shown as `(default …)`; strings with their quotes. */
  shownDefault: string | undefined
  hidden: boolean
  /** Told when the flag is used: `Flag --x has been deprecated, <text>`. */
  deprecated: string | undefined
  /** The flag whose value this one sets. */
  aliasOf: string | undefined
  /** Words offered by shell completion: fixed, or the name of a source such as `containers`. */
  complete: readonly string[] | string | undefined
}

export type FlagTable = Record<string, Flag<unknown>>
export type FlagValues<F> = { [K in keyof F]: F[K] extends Flag<infer T> ? T : never }

export type FlagSettings = {
  short?: string
  hidden?: boolean
  deprecated?: string
  shownDefault?: string
  aliasOf?: string
  complete?: readonly string[] | string
}

/** One entry of a flag table. */
export const flag = <T>(type: FlagType<T>, usage: string, value: T, settings: FlagSettings = {}): Flag<T> => ({
  type,
  usage,
  value,
  short: settings.short,
  shownDefault: settings.shownDefault,
  hidden: settings.hidden ?? false,
  deprecated: settings.deprecated,
  aliasOf: settings.aliasOf,
  complete: settings.complete,
})
