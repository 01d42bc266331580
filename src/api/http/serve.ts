import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { logger } from '../../base/log.ts'
import { answerOf } from './errors.ts'
import { httpFaults } from './faults.ts'
import { hijack } from './hijack.ts'
import type { Answer } from './operation.ts'
import { IncomingRequest } from './request.ts'
import { type CommonHeaders, respond } from './respond.ts'
import type { Match, Router } from './router.ts'
import { upgradeBody } from './upgrade-body.ts'

const log = logger('api')

export type Service = {
  route: Router
  common: CommonHeaders
  /** Told of every request. */
  note: () => void
  /** Throws the fault that refuses a request before it is routed. */
  admit: (message: IncomingMessage) => void
}

/** One request from its head to its answer. */
export async function serve(service: Service, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const answer = await answerTo(service, message, message, response)
  if (answer.kind === 'hijack') return hijack(message.socket, service.common, answer, undefined)
  await respond(response, service.common, answer)
}

/** The same for a request with `Upgrade: tcp`, which is answered as any other unless its operation takes the connection. */
export async function serveUpgrade(
  service: Service,
  message: IncomingMessage,
  socket: Socket,
  head: Buffer,
): Promise<void> {
  const response = new ServerResponse(message)
  response.shouldKeepAlive = false
  const body = await upgradeBody(message, socket, head).catch((failure: unknown) => failure)
  const answer =
    body instanceof Error
      ? answerOf(body, 'upgrade')
      : await answerTo(service, message, body as Readable, response, socket)
  if (answer.kind === 'hijack') return hijack(socket, service.common, answer, 'tcp')
  response.assignSocket(socket)
  response.once('finish', () => socket.end())
  await respond(response, service.common, answer)
}

async function answerTo(
  service: Service,
  message: IncomingMessage,
  body: Readable,
  response: ServerResponse,
  socket?: Socket,
): Promise<Answer> {
  let match: Match | undefined
  try {
    service.note()
    service.admit(message)
    if (message.method === 'OPTIONS') return { kind: 'empty', status: 200 }
    match = service.route(message.method ?? 'GET', message.url ?? '/')
    if (!match) throw httpFaults.NO_PAGE()
    log.debug('request', { operation: match.operation.id, version: match.version.text })
    return await match.operation.handle(new IncomingRequest(message, body, match, goneSignal(response, socket)))
  } catch (failure) {
    return answerOf(failure, match?.operation.id ?? 'none')
  }
}

/** Made only for operations that look at it. */
function goneSignal(response: ServerResponse, socket?: Socket): () => AbortSignal {
  let controller: AbortController | undefined
  return () => {
    if (controller) return controller.signal
    const mine = new AbortController()
    controller = mine
    const connection = socket ?? response
    if (connection.destroyed) mine.abort()
    connection.once('close', () => {
      if (socket || !response.writableFinished) mine.abort()
    })
    return mine.signal
  }
}
