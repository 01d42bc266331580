import type { ServerResponse } from 'node:http'
import { logger } from '../../base/log.ts'
import type { Answer } from './operation.ts'
import { sendStream } from './stream.ts'

const log = logger('api')

/** What every answer says of the server; made once. */
export type CommonHeaders = Readonly<Record<string, string>>
export type PlainAnswer = Exclude<Answer, { kind: 'hijack' }>

/** Sends an answer that is not a raw connection; settles when it is sent, or its client has gone. */
export function respond(response: ServerResponse, common: CommonHeaders, answer: PlainAnswer): Promise<void> | void {
  switch (answer.kind) {
    case 'json':
      return sendText(response, common, answer, `${JSON.stringify(answer.body)}\n`, 'application/json')
    case 'text':
      return sendText(response, common, answer, answer.body, 'text/plain; charset=utf-8')
    case 'empty':
      return sendEmpty(response, common, answer)
    case 'stream':
      response.writeHead(answer.status, { ...common, ...answer.headers, 'Content-Type': answer.contentType })
      response.flushHeaders()
      return sendStream(response, answer.body).catch(failure => cut(response, failure))
  }
}

type Sized = { status: number; headers?: Record<string, string> }

function sendText(response: ServerResponse, common: CommonHeaders, answer: Sized, text: string, type: string): void {
  response.writeHead(answer.status, {
    ...common,
    'Content-Type': type,
    ...answer.headers,
    'Content-Length': String(Buffer.byteLength(text)),
  })
  response.end(text)
}

function sendEmpty(response: ServerResponse, common: CommonHeaders, answer: Sized): void {
  const sized = answer.status === 204 || answer.status === 304 ? {} : { 'Content-Length': '0' }
  response.writeHead(answer.status, { ...common, ...sized, ...answer.headers })
  response.end()
}

/** The status is long sent: a chunked body without its end is how the client learns of a failure. */
function cut(response: ServerResponse, failure: unknown): void {
  if (!response.destroyed) log.error('a streamed answer broke off', { error: failure })
  response.destroy()
}
