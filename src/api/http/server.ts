import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { logger } from '../../base/log.ts'
import { admitAll, refuseBrowsers } from './admission.ts'
import { isHijacked } from './hijack.ts'
import type { Operation } from './operation.ts'
import { serveWithoutDevelopmentDoors } from './production.ts'
import type { CommonHeaders } from './respond.ts'
import { createRouter } from './router.ts'
import { type Service, serve, serveUpgrade } from './serve.ts'
import type { TlsMaterial } from './tls.ts'

const log = logger('api')

/** What one client may cost. Source: shared hardening table; a body that is streamed may take as long as it likes. */
export const LIMITS = {
  headerBytes: 16 * 1024,
  headerMs: 15_000,
  keepAliveMs: 60_000,
  connections: 1000,
} as const

export type ServerKind = { kind: 'unix' } | { kind: 'tls'; material: TlsMaterial } | { kind: 'insecure-tcp' }

/** Servers of one API: the same operations, one for each address. Nothing listens yet. */
export type Api = {
  createServer: (kind: ServerKind) => Server
  /** How many requests have come so far. */
  requests: () => number
}

export function createApi(operations: Operation[], common: CommonHeaders): Api {
  serveWithoutDevelopmentDoors()
  const route = createRouter(operations)
  let requests = 0
  const note = () => {
    requests++
  }
  return {
    requests: () => requests,
    createServer: kind => {
      const service = { route, common, note, admit: kind.kind === 'insecure-tcp' ? refuseBrowsers : admitAll }
      const server = newServer(kind, OPTIONS)
      wire(server, service)
      return server
    },
  }
}

/**
 * `Upgrade` is offered to whoever asks for `tcp` by POST, for `websocket` by GET, or for `h2c` where BuildKit has its doors;
 * elsewhere some clients offer h2c with every request, and mean an ordinary one.
 */
function mayUpgrade({ method, headers, url }: IncomingMessage): boolean {
  const wanted = headers.upgrade?.toLowerCase()
  if (method === 'GET') return wanted === 'websocket'
  return method === 'POST' && (wanted === 'tcp' || (wanted === 'h2c' && HTTP2_DOORS.test(url ?? '')))
}
const HTTP2_DOORS = /^(\/v[\d.]+)?\/(grpc|session)(\?|$)/

const OPTIONS: ServerOptions & { shouldUpgradeCallback: typeof mayUpgrade } = {
  maxHeaderSize: LIMITS.headerBytes,
  headersTimeout: LIMITS.headerMs,
  requestTimeout: 0,
  keepAliveTimeout: LIMITS.keepAliveMs,
  connectionsCheckingInterval: 5_000,
  insecureHTTPParser: false,
  shouldUpgradeCallback: mayUpgrade,
}

const newServer = (kind: ServerKind, options: ServerOptions): Server =>
  kind.kind === 'tls' ? createTlsServer({ ...options, ...kind.material }) : createServer(options)

function wire(server: Server, service: Service): void {
  server.maxConnections = LIMITS.connections
  server.on('request', (message: IncomingMessage, response: ServerResponse) => {
    quiet(message, response)
    serve(service, message, response).catch(failure => giveUp(failure, message.socket))
  })
  server.on('upgrade', (message: IncomingMessage, socket: Socket, head: Buffer) => {
    quiet(message, socket)
    serveUpgrade(service, message, socket, head).catch(failure => giveUp(failure, socket))
  })
  server.on('clientError', (failure: Error & { code?: string }, socket: Socket) => refuse(failure, socket))
  server.on('drop', () => log.warn('too many connections: one was refused', { limit: LIMITS.connections }))
}

/** An answer that cannot even be sent, such as a header that HTTP does not allow: a bug of ours, and one client's loss. */
function giveUp(failure: unknown, socket: Socket): void {
  log.error('an answer could not be sent', { error: failure instanceof Error ? failure.stack : failure })
  socket.destroy()
}

/** A stream without a listener for its error ends the process when a client resets the connection. */
function quiet(...streams: NodeJS.EventEmitter[]): void {
  for (const stream of streams) stream.on('error', ignore)
}
const ignore = (): void => {}

const STATUS_LINE: Record<string, string> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

/** What is no HTTP is answered once and let go: after a message that cannot be parsed nobody knows where the next one begins. */
function refuse(failure: Error & { code?: string }, socket: Socket): void {
  if (isHijacked(socket)) return
  if (socket.destroyed || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy()
    return
  }
  const status = STATUS_LINE[failure.code ?? ''] ?? '400 Bad Request'
  socket.end(`HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status}`)
}
