import { describe } from '../../base/faults.ts'
import { PACKET, type PacketMessage, type StatMessage } from '../buildkit/session.ts'
import { directoryFaults } from './faults.ts'
import type { PacketStream } from './receive-directory.ts'

/** One thing of a directory that is sent. `open` is called at most once, and only for files that are asked for. */
export type SentEntry = { stat: Partial<StatMessage>; open?: () => AsyncIterable<Uint8Array> }

const DATA_BYTES = 32 * 1024
/** Files that are read at once. */
const READERS = 4

/** Sends a directory: everything is told of, content follows as it is asked for. Source: tonistiigi/fsutil, send.go. */
export async function sendDirectory(stream: PacketStream, entries: AsyncIterable<SentEntry>): Promise<void> {
  const sending = new Sending(stream)
  const telling = sending.tell(entries)
  telling.catch(() => {})
  try {
    await Promise.race([sending.serve(), telling.then(() => new Promise<never>(() => {}))])
    await telling
  } catch (failure) {
    await stream.send({ type: PACKET.ERROR, data: Buffer.from(describe(failure)) }).catch(() => {})
    throw failure
  }
}

class Sending {
  readonly #stream: PacketStream
  readonly #files = new Map<number, NonNullable<SentEntry['open']>>()
  readonly #asked: number[] = []
  readonly #failed = Promise.withResolvers<never>()
  #readers = 0

  constructor(stream: PacketStream) {
    this.#stream = stream
    this.#failed.promise.catch(() => {})
  }

  async tell(entries: AsyncIterable<SentEntry>): Promise<void> {
    let id = 0
    for await (const { stat, open } of entries) {
      if (open) this.#files.set(id, open)
      await this.#stream.send({ type: PACKET.STAT, stat: stat as StatMessage })
      id++
    }
    await this.#stream.send({ type: PACKET.STAT })
  }

  /** Resolves when the other side has all that it wanted. */
  async serve(): Promise<void> {
    const incoming = this.#stream.incoming[Symbol.asyncIterator]()
    for (;;) {
      const { done, value } = await Promise.race([incoming.next(), this.#failed.promise])
      if (done) throw directoryFaults.CUT()
      if (value.type === PACKET.FINISH) return await this.#stream.send({ type: PACKET.FINISH })
      this.#take(value)
    }
  }

  #take({ type, id, data }: PacketMessage): void {
    if (type === PACKET.ERROR) throw directoryFaults.SENDER(Buffer.from(data).toString('utf8').slice(0, 1000))
    if (type !== PACKET.REQUEST) return
    if (!this.#files.has(id)) throw directoryFaults.UNASKED(id)
    this.#asked.push(id)
    this.#read()
  }

  #read(): void {
    if (this.#readers >= READERS) return
    const id = this.#asked.shift()
    const open = id === undefined ? undefined : this.#files.get(id)
    if (id === undefined || !open) return
    this.#files.delete(id)
    this.#readers++
    this.#sendContent(id, open()).then(
      () => {
        this.#readers--
        this.#read()
      },
      failure => this.#failed.reject(failure),
    )
  }

  async #sendContent(id: number, content: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const data of pieces(content)) await this.#stream.send({ type: PACKET.DATA, id, data })
    await this.#stream.send({ type: PACKET.DATA, id })
  }
}

/** Go's side takes messages of any size up to its limit; small ones let other streams have their turn. */
async function* pieces(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of content) {
    for (let at = 0; at < chunk.length; at += DATA_BYTES) yield chunk.subarray(at, at + DATA_BYTES)
  }
}
