import { Fault } from '../../base/faults.ts'
import { Http2Error } from '../http2/faults.ts'
import type { Http2Stream } from '../http2/stream.ts'
import type { Message } from '../protobuf/message.ts'
import { ProtobufError } from '../protobuf/reader.ts'
import { prefixed, readMessages } from './messages.ts'
import { type Metadata, metadataOf } from './metadata.ts'
import { GrpcError, type StatusName } from './status.ts'
import { OK_TRAILERS, trailersOf } from './trailers.ts'

/** One call as its method sees it. */
export type ServerCall<In, Out> = {
  metadata: Metadata
  /** Ends when the client has said all. */
  requests: AsyncIterable<In>
  /** Resolves when more can be taken. */
  send(response: Partial<Out>): Promise<void>
  /** Aborted when the client has given up or gone. */
  signal: AbortSignal
}
export type ServerMethod = { serve: (stream: Http2Stream, metadata: Metadata) => Promise<void> }
/** By path: `/moby.buildkit.v1.Control/Solve`. */
export type ServerMethods = Readonly<Record<string, ServerMethod>>

/** Any number of messages in both directions. */
export const streaming = <In, Out>(
  request: Message<In>,
  response: Message<Out>,
  handle: (call: ServerCall<In, Out>) => Promise<void>,
): ServerMethod => ({
  serve: (stream, metadata) =>
    handle({
      metadata,
      requests: decoded(stream, request),
      send: value => stream.write(prefixed(response.encode(value))),
      signal: stream.signal,
    }),
})

/** One request, one response. */
export const unary = <In, Out>(
  request: Message<In>,
  response: Message<Out>,
  handle: (value: In, call: { metadata: Metadata; signal: AbortSignal }) => Promise<Partial<Out>> | Partial<Out>,
): ServerMethod =>
  streaming(request, response, async ({ requests, send, ...call }) => {
    for await (const value of requests) return await send(await handle(value, call))
    throw new GrpcError('INTERNAL', 'a call without a request')
  })

/** One request, any number of responses. */
export const serverStreaming = <In, Out>(
  request: Message<In>,
  response: Message<Out>,
  handle: (value: In, call: ServerCall<In, Out>) => Promise<void>,
): ServerMethod =>
  streaming(request, response, async call => {
    for await (const value of call.requests) return await handle(value, call)
    throw new GrpcError('INTERNAL', 'a call without a request')
  })

/** Answers the streams of one connection. `failed` is told of what is a bug of ours. */
export const serveGrpc =
  (methods: ServerMethods, failed: (path: string, failure: unknown) => void) =>
  async (stream: Http2Stream): Promise<void> => {
    const headers = await stream.headers
    const path = headers.find(([name]) => name === ':path')?.[1] ?? ''
    try {
      await stream.sendHeaders([
        [':status', '200'],
        ['content-type', 'application/grpc'],
      ])
      const method = Object.hasOwn(methods, path) ? methods[path] : undefined
      if (!method) throw new GrpcError('UNIMPLEMENTED', unknownText(path))
      await method.serve(stream, metadataOf(headers))
      await stream.sendHeaders(OK_TRAILERS, true)
    } catch (failure) {
      if (stream.failure) return
      const told = toGrpc(failure)
      if (told.status === 'INTERNAL' && !(failure instanceof GrpcError)) failed(path, failure)
      await stream.sendHeaders(trailersOf(told), true)
    }
    // The client may still be sending what nobody reads.
    stream.reset('NO_ERROR')
  }

async function* decoded<T>(stream: Http2Stream, kind: Message<T>): AsyncGenerator<T, void> {
  for await (const bytes of readMessages(stream)) yield kind.decode(bytes)
}

function unknownText(path: string): string {
  const [, service = '', method = ''] = path.split('/')
  return `unknown method ${method} for service ${service}`.slice(0, 500)
}

const STATUS_OF_KIND: Partial<Record<Fault['kind'], StatusName>> = {
  'not-found': 'NOT_FOUND',
  invalid: 'INVALID_ARGUMENT',
  conflict: 'FAILED_PRECONDITION',
  forbidden: 'PERMISSION_DENIED',
  unauthorized: 'UNAUTHENTICATED',
  unavailable: 'UNAVAILABLE',
  'not-implemented': 'UNIMPLEMENTED',
  exhausted: 'RESOURCE_EXHAUSTED',
  cancelled: 'CANCELLED',
}

/** Faults go out in their own words; anything else is our bug, and its insides stay here. */
export function toGrpc(failure: unknown): GrpcError {
  if (failure instanceof GrpcError) return failure
  if (failure instanceof ProtobufError) return new GrpcError('INVALID_ARGUMENT', `not a message: ${failure.message}`)
  if (failure instanceof Http2Error) return new GrpcError('CANCELLED', failure.message)
  const status = failure instanceof Fault ? STATUS_OF_KIND[failure.kind] : undefined
  return new GrpcError(status ?? 'INTERNAL', status ? (failure as Fault).message : 'internal error')
}
