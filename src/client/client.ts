import type { Endpoint } from './endpoint.ts'
import { clientFaults, DaemonFault } from './faults.ts'
import { type HttpRequest, type HttpResponse, readResponse, sendRequest } from './http.ts'
import { Connection } from './socket.ts'
import { atLeast, newer, older } from './version.ts'

export const NEWEST_VERSION = '1.55'
export const OLDEST_VERSION = '1.24'
/** An idle connection older than this may be one that the daemon is about to close. */
const IDLE_MS = 1_500

export type ClientSettings = {
  endpoint: Endpoint
  /** Fixed by DOCKER_API_VERSION: no negotiation. */
  version?: string
  /** From config.json's HttpHeaders and DOCKER_CUSTOM_HEADERS. */
  headers?: Record<string, string>
  userAgent: string
}

export type QueryValue = string | number | boolean | readonly string[] | undefined
export type Query = Record<string, QueryValue>

export type CallOptions = {
  query?: Query
  /** Sent as JSON. */
  json?: unknown
  /** Sent as it is. */
  body?: AsyncIterable<Uint8Array> | Uint8Array
  contentType?: string
  headers?: Record<string, string | readonly string[]>
  /** Closes the connection, whatever was under way. */
  signal?: AbortSignal
}

export type Ping = { version: string; osType: string; experimental: boolean; builderVersion: string }

/** A raw connection after the daemon has switched protocols: what it holds back is in it already. */
export type Hijacked = { connection: Connection; contentType: string }

/**
 * The Engine API of one daemon. Negotiates the version with the first call, keeps one idle connection for the next, and
 * turns error answers into {@link DaemonFault}.
 */
export class Client {
  readonly endpoint: Endpoint
  readonly #settings: ClientSettings
  #negotiated: Promise<string> | undefined
  #idle: { connection: Connection; since: number } | undefined
  readonly #open = new Set<Connection>()

  constructor(settings: ClientSettings) {
    this.#settings = settings
    this.endpoint = settings.endpoint
  }

  /** The version that both sides speak, e.g. `1.45`. */
  version(): Promise<string> {
    this.#negotiated ??= this.#settings.version ? Promise.resolve(this.#settings.version) : this.#negotiate()
    return this.#negotiated
  }

  async supports(version: string): Promise<boolean> {
    return atLeast(await this.version(), version)
  }

  /** Throws CLIENT_TOO_OLD naming `what` where the daemon's API is older. */
  async require(version: string, what: string): Promise<void> {
    if (!(await this.supports(version))) throw clientFaults.TOO_OLD(what, version, await this.version())
  }

  async ping(): Promise<Ping> {
    const answer = await this.#send('HEAD', '/_ping', {})
    const response = answer.status < 400 ? answer : await this.#send('GET', '/_ping', {})
    await drain(response)
    return {
      version: response.headers['api-version'] ?? '',
      osType: response.headers['ostype'] ?? '',
      experimental: response.headers['docker-experimental'] === 'true',
      builderVersion: response.headers['builder-version'] ?? '',
    }
  }

  /** The response with its body unread. Read it to the end, or abort by `signal`. Error answers are thrown. */
  async call(method: string, path: string, options: CallOptions = {}): Promise<HttpResponse> {
    const response = await this.#send(method, `/v${await this.version()}${path}`, options)
    if (response.status >= 400) throw await daemonFault(response, path)
    return response
  }

  async json<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
    const text = await readText(await this.call(method, path, options))
    return JSON.parse(text === '' ? 'null' : text) as T
  }

  /** For answers without a body. */
  async done(method: string, path: string, options: CallOptions = {}): Promise<HttpResponse> {
    const response = await this.call(method, path, options)
    await drain(response)
    return response
  }

  /** Asks to switch to a raw stream (attach, exec start), or to HTTP/2 (build). */
  async hijack(path: string, options: CallOptions = {}, protocol: 'tcp' | 'h2c' = 'tcp'): Promise<Hijacked> {
    const target = `${this.endpoint.basePath}/v${await this.version()}${path}${queryText(options.query)}`
    const connection = await this.#connection()
    const headers = { Connection: 'Upgrade', Upgrade: protocol }
    const request = this.#request('POST', target, { ...options, headers: { ...options.headers, ...headers } })
    await sendRequest(connection, request)
    const response = await readResponse(connection, 'POST')
    if (response.status !== 101 && response.status !== 200) {
      const fault = await daemonFault(response, path)
      this.#forget(connection)
      throw fault
    }
    return { connection, contentType: response.headers['content-type'] ?? '' }
  }

  close(): void {
    for (const connection of this.#open) connection.close()
    this.#open.clear()
  }

  async #negotiate(): Promise<string> {
    const { version } = await this.ping()
    if (!/^\d+\.\d+$/.test(version)) return OLDEST_VERSION
    return newer(older(version, NEWEST_VERSION), OLDEST_VERSION)
  }

  async #send(method: string, path: string, options: CallOptions): Promise<HttpResponse> {
    const request = this.#request(method, `${this.endpoint.basePath}${path}${queryText(options.query)}`, options)
    const connection = await this.#connection()
    const abort = () => connection.close()
    options.signal?.addEventListener('abort', abort, { once: true })
    try {
      const response = await this.#exchange(connection, request)
      return { ...response, body: this.#returning(connection, response) }
    } catch (failure) {
      this.#forget(connection)
      throw failure
    }
  }

  /** A daemon may answer (and close) before it has read the whole body: then its answer counts, not the failed write. */
  async #exchange(connection: Connection, request: HttpRequest): Promise<HttpResponse> {
    const sent = sendRequest(connection, request)
    if (request.body === undefined || typeof request.body === 'string') {
      await sent
      return readResponse(connection, request.method)
    }
    const failed = sent.then(() => new Promise<never>(() => {}))
    failed.catch(() => {})
    const answer = readResponse(connection, request.method)
    answer.catch(() => {})
    return await Promise.race([answer, failed]).catch(async failure => {
      const late = await Promise.race([answer.catch(() => undefined), Bun.sleep(200)])
      if (late) return late
      throw failure
    })
  }

  #request(method: string, target: string, options: CallOptions): HttpRequest {
    const headers: HttpRequest['headers'] = {
      Host: 'api.moby.localhost',
      'User-Agent': this.#settings.userAgent,
      ...this.#settings.headers,
      ...options.headers,
    }
    if (options.contentType) headers['Content-Type'] = options.contentType
    if (options.json === undefined) return { method, target, headers, body: options.body }
    headers['Content-Type'] = 'application/json'
    return { method, target, headers, body: JSON.stringify(options.json) }
  }

  async #connection(): Promise<Connection> {
    const idle = this.#idle
    this.#idle = undefined
    if (idle?.connection.isOpen && performance.now() - idle.since < IDLE_MS) return idle.connection
    if (idle) this.#forget(idle.connection)
    const connection = await Connection.open(this.endpoint)
    this.#open.add(connection)
    return connection
  }

  async *#returning(connection: Connection, response: HttpResponse): AsyncGenerator<Uint8Array, void> {
    let whole = false
    try {
      yield* response.body
      whole = true
    } finally {
      if (whole && response.reusable && !this.#idle) this.#idle = { connection, since: performance.now() }
      else this.#forget(connection)
    }
  }

  #forget(connection: Connection): void {
    connection.close()
    this.#open.delete(connection)
  }
}

export async function drain(response: HttpResponse): Promise<void> {
  for await (const _ of response.body);
}

export async function readText(response: HttpResponse): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const bytes of response.body) text += decoder.decode(bytes, { stream: true })
  return text + decoder.decode()
}

async function daemonFault(response: HttpResponse, path: string): Promise<DaemonFault> {
  const text = (await readText(response)).trim()
  if (text === '') {
    const reason = `request returned ${response.status} for API route and version ${path}, check if the server supports the requested API version`
    return new DaemonFault(response.status, reason)
  }
  return new DaemonFault(response.status, messageIn(text))
}

function messageIn(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown }
    return typeof message === 'string' ? message.trim() : text
  } catch {
    return text
  }
}

/** `?a=1&b=2`; undefined values are left out, lists repeat the name. */
export function queryText(query: Query = {}): string {
  const pairs: string[] = []
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue
    for (const one of typeof value === 'object' ? value : [value]) {
      pairs.push(`${encodeURIComponent(name)}=${encodeURIComponent(String(one))}`)
    }
  }
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}
