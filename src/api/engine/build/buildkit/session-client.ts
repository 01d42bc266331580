import type { Duplex } from 'node:stream'
import type { BuildClient, ClientDirectory } from '../../../../engine/build/contract.ts'
import type { Credentials } from '../../../../engine/images/registry/credentials.ts'
import { SESSION } from '../../../../wire/buildkit/session.ts'
import { receiveDirectory } from '../../../../wire/directory/receive-directory.ts'
import { callOnce, openCall } from '../../../../wire/grpc/client.ts'
import { encodedMetadata, type Metadata } from '../../../../wire/grpc/metadata.ts'
import { GrpcError, type StatusName } from '../../../../wire/grpc/status.ts'
import { openAgent } from './agent-connection.ts'
import { buildkitFaults } from './faults.ts'
import { sendFiles, sendStream } from './send-export.ts'
import type { Session } from './sessions.ts'

/** The other end of a BuildKit session, as a build sees it. */
export class SessionClient implements BuildClient {
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
  }

  directory(name: string): ClientDirectory | undefined {
    if (!this.#offers(SESSION.directory.path)) return undefined
    const { sharedKey, connection } = this.#session
    return {
      sharedKey: sharedKey && `${sharedKey}/${name}`,
      sync: async (writer, { include, exclude, followPaths }, signal, report) => {
        const metadata = encodedMetadata({
          'dir-name': [name],
          ...(include && { 'include-patterns': include }),
          ...(exclude && { 'exclude-patterns': exclude }),
          ...(followPaths && { followpaths: followPaths }),
        })
        const call = await openCall(connection, SESSION.directory, { metadata, signal })
        await receiveDirectory({ incoming: call.responses, send: call.send }, writer, report)
      },
    }
  }

  async secret(id: string): Promise<Uint8Array | undefined> {
    if (!this.#offers(SESSION.secret.path)) return undefined
    const found = await known(callOnce(this.#session.connection, SESSION.secret, { id }))
    return found?.data
  }

  async ssh(id: string): Promise<Duplex | undefined> {
    const { connection } = this.#session
    if (!this.#offers(SESSION.forwardAgent.path)) return undefined
    const found = await known(callOnce(connection, SESSION.checkAgent, { id }), ['UNKNOWN', 'NOT_FOUND'])
    return found && (await openAgent(connection, id))
  }

  /** BuildKit's clients file Docker Hub under the name of the host that serves it. */
  async credentials(registryHost: string): Promise<Credentials | undefined> {
    if (!this.#offers(SESSION.credentials.path)) return undefined
    const host = registryHost === 'docker.io' ? 'registry-1.docker.io' : registryHost
    const { username, secret } = await callOnce(this.#session.connection, SESSION.credentials, { host })
    if (secret === '') return undefined
    return {
      ...(username === '' ? { identityToken: secret } : { username, password: secret }),
      serverAddress: registryHost,
    }
  }

  async receive(exportId: string, as: 'tar' | 'files', tar: AsyncIterable<Uint8Array>): Promise<void> {
    if (!this.#offers(SESSION.exportStream.path)) throw buildkitFaults.NO_SERVICE('place for an export')
    const metadata: Metadata = { 'buildkit-attachable-exporter-id': [exportId] }
    const send = as === 'tar' ? sendStream : sendFiles
    await send(this.#session.connection, tar, metadata)
  }

  /** What the client pipes in: `path` is the name it gave to it. */
  async *upload(path: string, host: string): AsyncGenerator<Uint8Array, void> {
    if (!this.#offers(SESSION.pull.path)) throw buildkitFaults.NO_SERVICE('upload')
    const metadata = { urlpath: [path], urlhost: [host] }
    const call = await openCall(this.#session.connection, SESSION.pull, { metadata })
    for await (const { data } of call.responses) yield data
  }

  #offers(path: string): boolean {
    return this.#session.methods.has(path.toLowerCase())
  }
}

/** Nothing where the client does not have it. */
async function known<T>(asked: Promise<T>, unknown: StatusName[] = ['NOT_FOUND']): Promise<T | undefined> {
  try {
    return await asked
  } catch (failure) {
    if (failure instanceof GrpcError && unknown.includes(failure.status)) return undefined
    throw failure
  }
}
