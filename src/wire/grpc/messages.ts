import type { Http2Stream } from '../http2/stream.ts'
import { GrpcError } from './status.ts'

/** As BuildKit's. */
export const MESSAGE_BYTES = 16 * 1024 * 1024
const PREFIX_BYTES = 5

/** Messages with the length before each. Source: gRPC over HTTP/2, Length-Prefixed-Message. */
export async function* readMessages(stream: Http2Stream): AsyncGenerator<Buffer, void> {
  let parts: Buffer[] = []
  let bytes = 0
  let needed = PREFIX_BYTES
  for (;;) {
    while (bytes >= needed) {
      const whole = parts.length === 1 ? parts[0]! : Buffer.concat(parts)
      parts = [whole]
      needed = PREFIX_BYTES + lengthOf(whole)
      if (bytes < needed) break
      yield whole.subarray(PREFIX_BYTES, needed)
      bytes -= needed
      parts = bytes > 0 ? [whole.subarray(needed)] : []
      needed = PREFIX_BYTES
    }
    const next = await stream.read()
    if (!next) break
    parts.push(next)
    bytes += next.length
  }
  if (bytes > 0) throw new GrpcError('INTERNAL', 'the stream ended within a message')
}

function lengthOf(prefix: Buffer): number {
  if (prefix[0] !== 0) throw new GrpcError('UNIMPLEMENTED', 'compressed messages are not taken')
  const length = prefix.readUInt32BE(1)
  if (length > MESSAGE_BYTES) {
    throw new GrpcError('RESOURCE_EXHAUSTED', `grpc: received message larger than max (${length} vs. ${MESSAGE_BYTES})`)
  }
  return length
}

export function prefixed(message: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(PREFIX_BYTES + message.length)
  bytes[0] = 0
  bytes.writeUInt32BE(message.length, 1)
  bytes.set(message, PREFIX_BYTES)
  return bytes
}
