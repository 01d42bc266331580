import { Duplex } from 'node:stream'
import { SESSION } from '../../../../wire/buildkit/session.ts'
import { openCall } from '../../../../wire/grpc/client.ts'
import type { Http2Connection } from '../../../../wire/http2/connection.ts'

/** A connection to an agent of the client, as a stream of bytes. */
export async function openAgent(connection: Http2Connection, id: string): Promise<Duplex> {
  const call = await openCall(connection, SESSION.forwardAgent, { metadata: { 'buildkit.ssh.id': [id] } })
  const incoming = call.responses[Symbol.asyncIterator]()
  const settle = (work: Promise<unknown>, done: (failure?: Error | null) => void) =>
    work.then(
      () => done(),
      failure => done(failure instanceof Error ? failure : new Error(String(failure))),
    )
  return new Duplex({
    read() {
      incoming.next().then(
        ({ done, value }) => this.push(done ? null : value.data),
        failure => this.destroy(failure),
      )
    },
    write: (data: Buffer, _, done) => settle(call.send({ data }), done),
    final: done => settle(call.end(), done),
    destroy(failure, done) {
      call.cancel()
      done(failure)
    },
  })
}
