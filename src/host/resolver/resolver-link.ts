import { connect, type Socket } from 'node:net'
import { encodeMessage, type Message } from './messages.ts'

/** The resolver went, or was never there. */
export class ResolverGone extends Error {
  override name = 'ResolverGone'
}

type Waiting = { resolve: (result: number) => void; reject: (failure: Error) => void }
const ANSWER_BYTES = 8

/** A connection to the resolver. Messages are carried out in the order of their calls. */
export class ResolverLink {
  /** Resolves when the connection is over, by whoever's doing. */
  readonly closed: Promise<void>
  readonly #socket: Socket
  readonly #waiting = new Map<number, Waiting>()
  #received: Buffer = Buffer.alloc(0)
  #sequence = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (data: Buffer) => this.#receive(data))
    socket.on('error', () => {})
    this.closed = new Promise(resolve => socket.once('close', () => resolve(this.#failAll())))
  }

  /** undefined: nobody listens there. */
  static async open(path: string): Promise<ResolverLink | undefined> {
    const socket = connect(path)
    return new Promise(resolve => {
      socket.once('error', () => resolve(undefined))
      socket.once('connect', () => resolve(new ResolverLink(socket)))
    })
  }

  /** What it answers: 0, a port, or a negative errno. Rejects with ResolverGone. */
  tell(message: Message): Promise<number> {
    const sequence = ++this.#sequence
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(new ResolverGone())
      this.#waiting.set(sequence, { resolve, reject })
      this.#socket.write(encodeMessage(sequence, message))
    })
  }

  /** Nobody waits for the answer. */
  mention(message: Message): void {
    this.tell(message).catch(() => {})
  }

  close(): void {
    this.#socket.destroy()
  }

  #receive(data: Buffer): void {
    this.#received = Buffer.concat([this.#received, data])
    for (; this.#received.length >= ANSWER_BYTES; this.#received = this.#received.subarray(ANSWER_BYTES)) {
      const sequence = this.#received.readUInt32LE(0)
      this.#waiting.get(sequence)?.resolve(this.#received.readInt32LE(4))
      this.#waiting.delete(sequence)
    }
  }

  #failAll(): void {
    for (const { reject } of this.#waiting.values()) reject(new ResolverGone())
    this.#waiting.clear()
  }
}
