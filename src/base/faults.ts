/**
 * What the caller can do about a fault. One file maps kinds to HTTP statuses (api/http/errors.ts),
 * one to exit codes (cli/exit-codes.ts).
 */
export type FaultKind =
  | 'not-found'
  | 'invalid'
  | 'conflict'
  | 'not-modified'
  | 'forbidden'
  | 'unauthorized'
  | 'unavailable'
  | 'not-implemented'
  | 'exhausted'
  | 'cancelled'
  | 'internal'

export type FaultDetail = { cause?: unknown; hint?: string }

/** The one error class: `kind` says what a caller can do, `code` which fault it is, `hint` the next step for a person. */
export class Fault extends Error {
  readonly kind: FaultKind
  readonly code: string
  readonly hint: string | undefined

  constructor(kind: FaultKind, code: string, message: string, detail: FaultDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause })
    this.name = 'Fault'
    this.kind = kind
    this.code = code
    this.hint = detail.hint
  }
}

type Definition<Args extends unknown[]> = { kind: FaultKind; message: (...args: Args) => string; hint?: string }
// biome-ignore lint/suspicious/noExplicitAny: the table is typed entry by entry below
type Table = Record<string, Definition<any>>
type Makers<T extends Table> = {
  [Name in keyof T]: T[Name] extends Definition<infer Args>
    ? (...args: [...Args, detail?: FaultDetail]) => Fault
    : never
}

/**
 * A closed table of faults for one module. `defineFaults('IMAGE', { NOT_FOUND: { kind, message: (ref: string) => … } })`
 * gives `faults.NOT_FOUND('busybox', { cause })`, whose code is `IMAGE_NOT_FOUND`.
 */
export function defineFaults<T extends Table>(prefix: string, table: T): Makers<T> {
  const makers: Record<string, (...args: unknown[]) => Fault> = {}
  for (const [name, { kind, message, hint }] of Object.entries(table)) {
    makers[name] = (...args) => {
      const detail = args.length > message.length ? (args.at(-1) as FaultDetail) : {}
      return new Fault(kind, `${prefix}_${name}`, message(...(args as never[])), { hint, ...detail })
    }
  }
  return makers as Makers<T>
}

/** The fault itself, or an internal one around whatever was thrown. */
export function asFault(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new Fault('internal', 'INTERNAL', message, { cause: thrown })
}

export const hasKind = (thrown: unknown, kind: FaultKind): boolean => thrown instanceof Fault && thrown.kind === kind

/** One sentence for logs and for wrapping: the message with the messages of its causes. */
export function describe(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  return thrown.cause === undefined ? thrown.message : `${thrown.message}: ${describe(thrown.cause)}`
}
