import { Http2Connection, type Http2Options } from '../wire/http2/connection.ts'
import type { Transport } from '../wire/http2/transport.ts'
import type { CallOptions, Client } from './client.ts'
import type { Connection } from './socket.ts'

/** HTTP/2 on a connection that the daemon has upgraded. */
export async function openHttp2(
  client: Client,
  path: '/grpc' | '/session',
  options: Http2Options,
  headers: CallOptions['headers'] = {},
): Promise<Http2Connection> {
  const { connection } = await client.hijack(path, { headers }, 'h2c')
  return new Http2Connection(transportOf(connection), options)
}

const transportOf = (connection: Connection): Transport => ({
  chunks: chunksOf(connection),
  write: bytes => connection.write(bytes),
  close: () => connection.close(),
})

async function* chunksOf(connection: Connection): AsyncGenerator<Uint8Array, void> {
  for (;;) {
    const bytes = await connection.read()
    if (!bytes) return
    yield bytes
  }
}
