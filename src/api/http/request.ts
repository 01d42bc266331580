import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type { Static, TSchema } from 'typebox'
import { readBody } from './body.ts'
import { httpFaults } from './faults.ts'
import { readJson, requireJsonType } from './json.ts'
import type { ApiRequest, ApiVersion, Query } from './operation.ts'
import { SearchQuery } from './query.ts'
import type { Match } from './router.ts'

/** One request as its operation sees it. */
export class IncomingRequest implements ApiRequest {
  readonly method: string
  readonly version: ApiVersion
  readonly params: Record<string, string>
  readonly query: Query
  readonly headers: IncomingMessage['headers']
  readonly body: Readable
  readonly #gone: () => AbortSignal

  constructor(message: IncomingMessage, body: Readable, match: Match, gone: () => AbortSignal) {
    this.method = message.method ?? 'GET'
    this.version = match.version
    this.params = match.params
    this.query = new SearchQuery(match.search)
    this.headers = message.headers
    this.body = body
    this.#gone = gone
  }

  get signal(): AbortSignal {
    return this.#gone()
  }

  async json<S extends TSchema>(schema: S, options: { optional?: boolean } = {}): Promise<Static<S>> {
    const length = bodyLength(this.headers)
    requireJsonType(this.headers['content-type'], length !== 0)
    const text = (await readBody(this.body, length)).toString('utf8')
    if (text.trim() === '') {
      if (!options.optional) throw httpFaults.EMPTY_JSON()
      return readJson('{}', schema)
    }
    return readJson(text, schema)
  }
}

/** Undefined when only the end of the body will tell. */
export function bodyLength(headers: IncomingMessage['headers']): number | undefined {
  if (headers['transfer-encoding'] !== undefined) return undefined
  return Number(headers['content-length'] ?? 0)
}
