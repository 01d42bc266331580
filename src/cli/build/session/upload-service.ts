import { SESSION } from '../../../wire/buildkit/session.ts'
import { type ServerMethods, streaming } from '../../../wire/grpc/server.ts'
import { GrpcError } from '../../../wire/grpc/status.ts'

const CHUNK_BYTES = 32 * 1024

/** Gives the builder a stream under the name that it was told, once. */
export function uploadService(uploads: ReadonlyMap<string, AsyncIterable<Uint8Array>>): ServerMethods {
  const left = new Map(uploads)
  return {
    [SESSION.pull.path]: streaming(SESSION.pull.request, SESSION.pull.response, async ({ metadata, send }) => {
      const name = (metadata['urlpath']?.[0] ?? '').replace(/^\//, '')
      const body = left.get(name)
      if (!body) throw new GrpcError('NOT_FOUND', `no http response from session for ${name}`)
      left.delete(name)
      for await (const chunk of body) {
        for (let at = 0; at < chunk.length; at += CHUNK_BYTES)
          await send({ data: chunk.subarray(at, at + CHUNK_BYTES) })
      }
    }),
  }
}
