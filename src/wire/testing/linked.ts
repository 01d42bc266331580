import { connect, createServer, type Socket } from 'node:net'
import { Http2Connection, type Http2Options } from '../http2/connection.ts'
import { transportOf } from '../http2/transport.ts'

/** Two ends of one socket. */
export async function socketPair(): Promise<[Socket, Socket]> {
  const server = createServer({ allowHalfOpen: true })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const accepted = new Promise<Socket>(resolve => server.once('connection', resolve))
  const { port } = server.address() as { port: number }
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  const other = await accepted
  server.close()
  return [client, other]
}

export type Linked = { client: Http2Connection; server: Http2Connection } & AsyncDisposable

/** A client and a server that talk to each other. */
export async function linked(serve: NonNullable<Http2Options['serve']>): Promise<Linked> {
  const [near, far] = await socketPair()
  const client = new Http2Connection(transportOf(near), { role: 'client' })
  const server = new Http2Connection(transportOf(far), { role: 'server', serve })
  return {
    client,
    server,
    [Symbol.asyncDispose]: async () => {
      client.close()
      server.close()
      await Promise.all([client.closed, server.closed])
    },
  }
}
