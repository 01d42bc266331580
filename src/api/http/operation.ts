import type { IncomingHttpHeaders } from 'node:http'
import type { Duplex, Readable } from 'node:stream'
import type { Static, TSchema } from 'typebox'

/** One operation of an API: a door. It checks its input, calls one use case, and returns the answer as data. */
export type Operation = {
  /** The operationId of swagger.yaml, e.g. `ContainerInspect`. */
  id: string
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE'
  /** Without version prefix; `{name}` may span slashes only where swagger says `{name}` of an image: written `{name*}`. */
  path: string
  /** The lowest API version that has it, e.g. `1.30`; below it the answer is 404 `page not found`. */
  since?: string
  handle: (request: ApiRequest) => Promise<Answer> | Answer
}

export type ApiRequest = {
  method: string
  /** The version of the path (`/v1.44/…`), or the daemon's newest where the path has none. */
  version: ApiVersion
  /** The `{…}` parts of the path, percent-decoded. */
  params: Record<string, string>
  query: Query
  headers: IncomingHttpHeaders
  /** The raw body; for hijacked operations, what arrived before the upgrade is still in it. */
  body: Readable
  /** The JSON body checked by `schema`. Throws 400 faults: wrong Content-Type, bad JSON, trailing content, wrong type (named by its field). An empty body is `{}` if `optional`. */
  json<S extends TSchema>(schema: S, options?: { optional?: boolean }): Promise<Static<S>>
  /** Aborts when the client has gone. */
  signal: AbortSignal
}

export type ApiVersion = { text: string; atLeast(version: string): boolean }

/** Docker's reading of query values. Every getter throws a 400 fault that names the parameter. */
export type Query = {
  text(name: string): string | undefined
  all(name: string): string[]
  /** `"", 0, no, false, none` are false, anything else true (case is ignored); absent: the default, false. */
  flag(name: string, byDefault?: boolean): boolean
  integer(name: string): number | undefined
  /** The `filters` parameter: `{"k":{"v":true}}` or `{"k":["v"]}`; a key not in `allowed` is 400 `invalid filter 'k'`. */
  filters(allowed: readonly string[]): Filters
}

export type Filters = ReadonlyMap<string, readonly string[]>

export type Answer =
  | { kind: 'json'; status: number; body: unknown; headers?: Record<string, string> }
  | { kind: 'empty'; status: number; headers?: Record<string, string> }
  | { kind: 'text'; status: number; body: string; headers?: Record<string, string> }
  /** Headers are flushed at once; the body follows. A Buffer/string iterable or a Readable; ends early when the client goes. */
  | {
      kind: 'stream'
      status: number
      contentType: string
      body: AsyncIterable<Uint8Array | string> | Readable
      headers?: Record<string, string>
    }
  /** 101 UPGRADED (or 200 where the client did not ask to upgrade), then the raw connection. `run` owns the socket; when it settles the socket is ended. */
  | {
      kind: 'hijack'
      contentType: string /** Lines of the answer, in place of Docker's `Upgrade: tcp`. */
      handshake?: string[]
      run: (connection: HijackedConnection) => Promise<void>
    }

/** A raw duplex after the upgrade. `end()` half-closes towards the client; the client's half-close is the `end` event. allowHalfOpen is set. */
export type HijackedConnection = Duplex

export const json = (status: number, body: unknown, headers?: Record<string, string>): Answer => ({
  kind: 'json',
  status,
  body,
  headers,
})
export const empty = (status: number, headers?: Record<string, string>): Answer => ({ kind: 'empty', status, headers })
