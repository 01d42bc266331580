import { connect, type Socket } from 'node:net'
import { SESSION_HEADERS } from '../../../../../wire/buildkit/session.ts'
import { type ServerMethods, serveGrpc } from '../../../../../wire/grpc/server.ts'
import { Http2Connection, type Http2Options } from '../../../../../wire/http2/connection.ts'
import { transportOf } from '../../../../../wire/http2/transport.ts'

/** Asks the server at `path` to upgrade, and speaks HTTP/2 from then on. */
export async function upgraded(
  path: string,
  target: string,
  headers: Record<string, string>,
  options: Http2Options,
): Promise<Http2Connection> {
  const socket = connect({ path, allowHalfOpen: true })
  const lines = Object.entries({ Host: 'x', Connection: 'Upgrade', Upgrade: 'h2c', ...headers })
  socket.write(`POST ${target} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`)
  const head = await readHead(socket)
  if (!head.startsWith('HTTP/1.1 101')) throw new Error(head)
  return new Http2Connection(transportOf(socket), options)
}

async function readHead(socket: Socket): Promise<string> {
  let bytes = Buffer.alloc(0)
  for (;;) {
    const chunk: Buffer | null = socket.read()
    if (chunk) bytes = Buffer.concat([bytes, chunk])
    const end = bytes.indexOf('\r\n\r\n')
    if (end >= 0) {
      socket.unshift(bytes.subarray(end + 4))
      return bytes.subarray(0, end).toString('latin1')
    }
    if (socket.readableEnded || socket.destroyed) return bytes.toString('latin1')
    await new Promise(resolve => {
      socket.once('readable', resolve)
      socket.once('close', resolve)
    })
  }
}

/** A client's session that offers these methods. */
export const openSession = (path: string, id: string, methods: ServerMethods): Promise<Http2Connection> =>
  upgraded(
    path,
    '/session',
    {
      [SESSION_HEADERS.id]: id,
      [SESSION_HEADERS.name]: 'shop',
      [SESSION_HEADERS.sharedKey]: 'shop:1',
      [SESSION_HEADERS.method]: Object.keys(methods).join(', '),
    },
    { role: 'server', serve: serveGrpc(methods, () => {}) },
  )
