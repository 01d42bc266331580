import type { Http2Connection } from '../http2/connection.ts'
import type { Http2Stream } from '../http2/stream.ts'
import type { Message } from '../protobuf/message.ts'
import { prefixed, readMessages } from './messages.ts'
import { headersOf, type Metadata } from './metadata.ts'
import { GrpcError } from './status.ts'
import { failureOf } from './trailers.ts'

/** One method of the other side. */
export type Method<In, Out> = { path: string; request: Message<In>; response: Message<Out> }
export type CallOptions = { metadata?: Metadata; signal?: AbortSignal }

export const method = <In, Out>(path: string, request: Message<In>, response: Message<Out>): Method<In, Out> => ({
  path,
  request,
  response,
})

/** A call under way. `responses` throws the GrpcError that the call ends with, and so does `send` once it is over. */
export type ClientCall<In, Out> = {
  send(request: Partial<In>): Promise<void>
  end(): Promise<void>
  responses: AsyncIterable<Out>
  cancel(): void
}

export async function openCall<In, Out>(
  connection: Http2Connection,
  { path, request, response }: Method<In, Out>,
  { metadata = {}, signal }: CallOptions = {},
): Promise<ClientCall<In, Out>> {
  signal?.throwIfAborted()
  const stream = await connection.request([
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', path],
    [':authority', 'localhost'],
    ['content-type', 'application/grpc'],
    ['te', 'trailers'],
    ...headersOf(metadata),
  ])
  const cancel = () => stream.reset('CANCEL')
  signal?.addEventListener('abort', cancel, { once: true })
  stream.signal.addEventListener('abort', () => signal?.removeEventListener('abort', cancel), { once: true })
  return {
    send: value => stream.write(prefixed(request.encode(value))),
    end: () => stream.end(),
    responses: responsesOf(stream, response, () => signal?.removeEventListener('abort', cancel)),
    cancel,
  }
}

/** One request, one response. */
export async function callOnce<In, Out>(
  connection: Http2Connection,
  which: Method<In, Out>,
  request: Partial<In>,
  options: CallOptions = {},
): Promise<Out> {
  const call = await openCall(connection, which, options)
  // A server that refuses at once may have ended the stream already: its own words count.
  const sent = call.send(request).then(() => call.end())
  sent.catch(() => {})
  let found: Out | undefined
  for await (const response of call.responses) found ??= response
  if (found === undefined) throw new GrpcError('INTERNAL', 'an answer without a message')
  return found
}

async function* responsesOf<T>(stream: Http2Stream, kind: Message<T>, done: () => void): AsyncGenerator<T, void> {
  let isWhole = false
  try {
    const head = await stream.headers
    const status = head.find(([name]) => name === ':status')?.[1]
    if (status !== '200') throw new GrpcError('UNAVAILABLE', `the other side answers with status ${status}`)
    for await (const bytes of readMessages(stream)) yield kind.decode(bytes)
    isWhole = true
    const failure = failureOf(stream.trailers.length > 0 ? stream.trailers : head)
    if (failure) throw failure
  } finally {
    done()
    if (!isWhole) stream.reset('CANCEL')
  }
}
