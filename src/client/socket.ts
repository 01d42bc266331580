import type { Socket } from 'bun'
import type { Wire } from './dial.ts'
import type { Endpoint } from './endpoint.ts'
import { clientFaults } from './faults.ts'

/** Bytes that wait for a reader before the other side is told to wait. */
const HIGH_WATER_BYTES = 1024 * 1024

/**
 * One raw connection to a daemon: pull to read, await to write, half-close in both directions. A reader that is slow holds
 * back the sender; a failed connection rejects reads and writes alike.
 */
export class Connection {
  #socket: Wire | undefined
  #queue: Uint8Array[] = []
  #queuedBytes = 0
  #paused = false
  #ended = false
  #closed = false
  #failure: Error | undefined
  #wakeReader: (() => void) | undefined
  #wakeWriter: (() => void) | undefined

  static async open(endpoint: Endpoint): Promise<Connection> {
    const connection = new Connection()
    const opened = Promise.withResolvers<void>()
    const tls = endpoint.tls
    const handlers = {
      open: (socket: Socket) => {
        connection.#socket = socket
        if (!tls) opened.resolve()
      },
      handshake: (_: Socket, accepted: boolean, refusal: Error | null) => {
        if (accepted || (tls && !tls.verify)) opened.resolve()
        else opened.reject(refusal ?? new Error('TLS handshake failed'))
      },
      data: (_: Socket, bytes: Uint8Array) => connection.#arrived(bytes),
      drain: () => connection.#drained(),
      end: () => connection.#end(),
      close: () => connection.#close(opened.reject),
      error: (_: Socket, failure: Error) => connection.#fail(failure),
      connectError: (_: Socket, failure: Error) => opened.reject(failure),
    }
    try {
      if ('dial' in endpoint.address) {
        connection.#socket = await endpoint.address.dial({
          data: bytes => connection.#arrived(bytes),
          drain: () => connection.#drained(),
          end: () => connection.#end(),
          error: failure => connection.#fail(failure),
        })
        return connection
      }
      const socket = { ...handlers, binaryType: 'uint8array' as const }
      if ('unix' in endpoint.address) await Bun.connect({ ...endpoint.address, allowHalfOpen: true, socket })
      else await Bun.connect({ ...endpoint.address, allowHalfOpen: true, socket, tls: tlsOptions(endpoint) })
      await opened.promise
      return connection
    } catch (failure) {
      opened.promise.catch(() => {})
      connection.close()
      throw unreachable(endpoint, failure)
    }
  }

  /** Whether another request may be sent. */
  get isOpen(): boolean {
    return !this.#ended && !this.#closed && !this.#failure
  }

  /** The next bytes, or undefined once the other side has ended. */
  async read(): Promise<Uint8Array | undefined> {
    while (this.#queue.length === 0) {
      if (this.#failure) throw this.#failure
      if (this.#ended || this.#closed) return undefined
      await new Promise<void>(wake => {
        this.#wakeReader = wake
      })
    }
    const bytes = this.#queue.shift()!
    this.#queuedBytes -= bytes.length
    this.#resumeWhenLow()
    return bytes
  }

  /** Puts bytes back in front, to be read first. */
  unread(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#queue.unshift(bytes)
    this.#queuedBytes += bytes.length
  }

  /** Resolves once the kernel has taken all of it. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0; ) {
      if (this.#failure) throw this.#failure
      if (this.#closed || !this.#socket) throw new Error('connection closed')
      const taken = this.#socket.write(rest)
      if (taken < 0) throw new Error('connection closed')
      rest = rest.subarray(taken)
      if (rest.length > 0) await this.#writable()
    }
  }

  /** Ends our direction; the other side may go on. */
  endWrite(): void {
    if (!this.#closed) this.#socket?.shutdown()
  }

  close(): void {
    this.#closed = true
    this.#socket?.terminate()
    this.#wakeReader?.()
    this.#wakeWriter?.()
  }

  #writable(): Promise<void> {
    return new Promise(wake => {
      this.#wakeWriter = wake
    })
  }

  #arrived(bytes: Uint8Array): void {
    this.#queue.push(bytes)
    this.#queuedBytes += bytes.length
    if (this.#queuedBytes > HIGH_WATER_BYTES && !this.#paused) {
      this.#paused = true
      this.#socket?.pause()
    }
    this.#wakeReader?.()
  }

  #resumeWhenLow(): void {
    if (!this.#paused || this.#queuedBytes > HIGH_WATER_BYTES / 2) return
    this.#paused = false
    this.#socket?.resume()
  }

  #drained(): void {
    this.#wakeWriter?.()
  }

  #end(): void {
    this.#ended = true
    this.#wakeReader?.()
  }

  #close(reject: (failure: Error) => void): void {
    this.#closed = true
    reject(new Error('connection closed'))
    this.#wakeReader?.()
    this.#wakeWriter?.()
  }

  #fail(failure: Error): void {
    this.#failure = failure
    this.#wakeReader?.()
    this.#wakeWriter?.()
  }
}

function tlsOptions(endpoint: Endpoint) {
  if (!endpoint.tls || !('hostname' in endpoint.address)) return undefined
  const { ca, cert, key, verify } = endpoint.tls
  return { ca, cert, key, rejectUnauthorized: verify, serverName: endpoint.address.hostname }
}

function unreachable(endpoint: Endpoint, failure: unknown): Error {
  const code = failure instanceof Error && 'code' in failure ? String(failure.code) : ''
  if (['ENOENT', 'ECONNREFUSED', 'ENOTDIR', 'ENOTSOCK'].includes(code)) {
    return clientFaults.UNREACHABLE(endpoint.text, { cause: failure })
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return clientFaults.FORBIDDEN_SOCKET(endpoint.text, 'permission denied', { cause: failure })
  }
  const reason = failure instanceof Error ? failure.message : String(failure)
  return clientFaults.CONNECTION(endpoint.text, code && !reason.includes(code) ? `${reason} (${code})` : reason, {
    cause: failure,
  })
}
