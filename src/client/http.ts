import { clientFaults } from './faults.ts'
import type { Connection } from './socket.ts'

/** HTTP/1.1 (RFC 9112) from the side of a client, over one {@link Connection}. Small, because it answers for what node:http costs at start. */
export type HttpRequest = {
  method: string
  target: string
  /** A list is a header that is sent as often as it has values. */
  headers: Record<string, string | readonly string[]>
  body?: string | Uint8Array | AsyncIterable<Uint8Array>
}

export type HttpResponse = {
  status: number
  /** Names in lower case; of a repeated header the last counts. */
  headers: Record<string, string>
  /** To be read to its end before the next request. Ends with a failure when the connection breaks before the body was whole. */
  body: AsyncGenerator<Uint8Array, void>
  /** Whether the connection can carry another request after the body was read. */
  reusable: boolean
}

const MAX_HEAD_BYTES = 256 * 1024
const encoder = new TextEncoder()
const decoder = new TextDecoder('latin1')

export async function sendRequest(connection: Connection, request: HttpRequest): Promise<void> {
  const { body } = request
  const isStream = body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array)
  const bytes = typeof body === 'string' ? encoder.encode(body) : isStream ? undefined : body
  const length = isStream ? { 'Transfer-Encoding': 'chunked' } : lengthHeader(request.method, bytes)
  const head = encoder.encode(headText(request, length))
  await connection.write(bytes ? concat([head, bytes]) : head)
  if (isStream) await writeChunks(connection, body)
}

const lengthHeader = (method: string, bytes: Uint8Array | undefined): Record<string, string> =>
  bytes || method === 'POST' || method === 'PUT' ? { 'Content-Length': String(bytes?.length ?? 0) } : {}

function headText(request: HttpRequest, extra: Record<string, string>): string {
  const lines = [`${request.method} ${request.target} HTTP/1.1`]
  for (const [name, values] of Object.entries({ ...request.headers, ...extra })) {
    for (const value of [values].flat()) lines.push(`${name}: ${value.replace(/[\r\n]+/g, ' ')}`)
  }
  return `${lines.join('\r\n')}\r\n\r\n`
}

async function writeChunks(connection: Connection, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of chunks) {
    if (chunk.length === 0) continue
    await connection.write(concat([encoder.encode(`${chunk.length.toString(16)}\r\n`), chunk, encoder.encode('\r\n')]))
  }
  await connection.write(encoder.encode('0\r\n\r\n'))
}

export async function readResponse(connection: Connection, method: string): Promise<HttpResponse> {
  for (;;) {
    const { status, headers, isOld } = parseHead(await readHead(connection))
    if (status >= 100 && status < 200 && status !== 101) continue
    const length = headers['content-length']
    const isChunked = /\bchunked\b/i.test(headers['transfer-encoding'] ?? '')
    const isEmpty = method === 'HEAD' || status === 204 || status === 304 || (!isChunked && length === '0')
    const isFramed = isEmpty || isChunked || length !== undefined
    const reusable = isFramed && status !== 101 && !isOld && !/\bclose\b/i.test(headers['connection'] ?? '')
    const body = isEmpty
      ? nothing()
      : isChunked
        ? chunkedBody(connection)
        : length === undefined
          ? untilEnd(connection)
          : fixedBody(connection, Number(length))
    return { status, headers, body, reusable }
  }
}

async function readHead(connection: Connection): Promise<string> {
  let text = ''
  for (;;) {
    const bytes = await connection.read()
    if (!bytes)
      throw clientFaults.BROKEN_ANSWER(text === '' ? 'connection closed' : 'connection closed within the header')
    text += decoder.decode(bytes)
    const end = text.indexOf('\r\n\r\n')
    if (end >= 0) {
      connection.unread(bytes.subarray(bytes.length - (text.length - end - 4)))
      return text.slice(0, end)
    }
    if (text.length > MAX_HEAD_BYTES) throw clientFaults.BROKEN_ANSWER('header too large')
  }
}

function parseHead(text: string): { status: number; headers: Record<string, string>; isOld: boolean } {
  const [first = '', ...lines] = text.split('\r\n')
  const match = /^HTTP\/1\.([01]) (\d{3})/.exec(first)
  if (!match) throw clientFaults.BROKEN_ANSWER(`not HTTP: ${JSON.stringify(first.slice(0, 80))}`)
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const at = line.indexOf(':')
    if (at > 0) headers[line.slice(0, at).toLowerCase()] = line.slice(at + 1).trim()
  }
  return { status: Number(match[2]), headers, isOld: match[1] === '0' }
}

async function* nothing(): AsyncGenerator<Uint8Array, void> {}

async function* untilEnd(connection: Connection): AsyncGenerator<Uint8Array, void> {
  for (let bytes = await connection.read(); bytes; bytes = await connection.read()) yield bytes
}

async function* fixedBody(connection: Connection, length: number): AsyncGenerator<Uint8Array, void> {
  for (let left = length; left > 0; ) {
    const bytes = await readOrBreak(connection)
    const mine = bytes.subarray(0, left)
    connection.unread(bytes.subarray(mine.length))
    left -= mine.length
    yield mine
  }
}

async function* chunkedBody(connection: Connection): AsyncGenerator<Uint8Array, void> {
  for (;;) {
    const size = Number.parseInt(await readLine(connection), 16)
    if (!(size >= 0)) throw clientFaults.BROKEN_ANSWER('bad chunk size')
    if (size === 0) break
    yield* fixedBody(connection, size)
    if ((await readLine(connection)) !== '') throw clientFaults.BROKEN_ANSWER('bad chunk end')
  }
  for (let line = await readLine(connection); line !== ''; line = await readLine(connection));
}

async function readLine(connection: Connection): Promise<string> {
  let line = ''
  for (;;) {
    const bytes = await readOrBreak(connection)
    const at = bytes.indexOf(10)
    line += decoder.decode(at < 0 ? bytes : bytes.subarray(0, at))
    if (at >= 0) {
      connection.unread(bytes.subarray(at + 1))
      return line.replace(/\r$/, '')
    }
    if (line.length > MAX_HEAD_BYTES) throw clientFaults.BROKEN_ANSWER('line too long')
  }
}

async function readOrBreak(connection: Connection): Promise<Uint8Array> {
  const bytes = await connection.read()
  if (!bytes) throw clientFaults.BROKEN_ANSWER('unexpected EOF')
  return bytes
}

export function concat(parts: Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
