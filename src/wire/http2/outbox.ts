import { Http2Error } from './faults.ts'
import type { Transport } from './transport.ts'

/** Answers to PING, SETTINGS and the like that the other side does not read. */
const UNREAD_REPLIES = 1000
const FAREWELL_MS = 2_000

/** Frames on their way out, in order. */
export class Outbox {
  readonly #transport: Transport
  #sending: Promise<void> = Promise.resolve()
  #replies = 0
  #failure: Error | undefined

  constructor(transport: Transport) {
    this.#transport = transport
  }

  get failure(): Error | undefined {
    return this.#failure
  }

  /** Resolves when more can be taken. */
  send(bytes: Buffer): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure)
    const sent = this.#sending.then(() => this.#transport.write(bytes))
    this.#sending = sent.catch(() => {})
    return sent
  }

  /** Nobody waits for it, so somebody else has to: throws when the other side only asks and never reads (CVE-2019-9512). */
  reply(bytes: Buffer): void {
    if (++this.#replies > UNREAD_REPLIES) throw new Http2Error('ENHANCE_YOUR_CALM', 'replies are not read')
    this.send(bytes)
      .catch(() => {})
      .finally(() => this.#replies--)
  }

  /** Nothing is taken any more. What is written is still delivered; who does not read it is let go. */
  close(failure: Error, farewell: Buffer): void {
    void this.send(farewell).catch(() => {})
    this.#failure = failure
    const impatient = setTimeout(() => this.#transport.close(), FAREWELL_MS)
    void this.#sending.finally(() => {
      clearTimeout(impatient)
      this.#transport.close()
    })
  }
}
