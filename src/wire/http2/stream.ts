import { Http2Error } from './faults.ts'
import { uint32 } from './frames.ts'
import type { Header } from './hpack/decoder.ts'
import { SendWindow } from './window.ts'

/** What one stream may have sent to us without it being read. */
export const STREAM_WINDOW_BYTES = 512 * 1024

/** The connection, as its streams see it. */
export type StreamLink = {
  sendHeaders(stream: number, headers: readonly Header[], isLast: boolean): Promise<void>
  /** Frames of at most one frame's size, within the window of the connection. */
  sendData(stream: Http2Stream, bytes: Uint8Array, isLast: boolean): Promise<void>
  sendReset(stream: number, failure: Http2Error): void
  sendCredit(stream: number, credit: Buffer): void
  forget(stream: Http2Stream): void
}

/**
 * One request and its answer. `read` gives what came, in order; `write` waits for the other side to take it. It is over when
 * both sides have ended, or one has reset it: then `signal` is aborted unless all went well, and reads and writes throw.
 */
export class Http2Stream {
  readonly id: number
  readonly window: SendWindow
  /** The first block of the other side: the request, or the head of the answer. */
  readonly headers: Promise<readonly Header[]>
  /** The block after the content; empty if there is none. Known when `read` has given undefined. */
  trailers: readonly Header[] = []
  readonly #link: StreamLink
  readonly #head = Promise.withResolvers<readonly Header[]>()
  readonly #gone = new AbortController()
  #hasHead = false
  #queue: Buffer[] = []
  #queuedBytes = 0
  #unacknowledged = 0
  #remoteEnded = false
  #localEnded = false
  #failure: Error | undefined
  #wakeReader: (() => void) | undefined
  #sending: Promise<void> = Promise.resolve()

  constructor(id: number, link: StreamLink, windowBytes: number) {
    this.id = id
    this.#link = link
    this.window = new SendWindow(windowBytes)
    this.headers = this.#head.promise
    this.headers.catch(() => {})
  }

  get signal(): AbortSignal {
    return this.#gone.signal
  }

  get failure(): Error | undefined {
    return this.#failure
  }

  async read(): Promise<Buffer | undefined> {
    while (this.#queue.length === 0) {
      if (this.#remoteEnded) return undefined
      if (this.#failure) throw this.#failure
      await new Promise<void>(wake => {
        this.#wakeReader = wake
      })
    }
    const bytes = this.#queue.shift()!
    this.#queuedBytes -= bytes.length
    this.#acknowledge(bytes.length)
    return bytes
  }

  sendHeaders(headers: readonly Header[], isLast = false): Promise<void> {
    return this.#inTurn(async () => {
      if (isLast) this.#endLocal()
      await this.#link.sendHeaders(this.id, headers, isLast)
    })
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#inTurn(() => this.#link.sendData(this, bytes, false))
  }

  end(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#link.sendData(this, Buffer.alloc(0), true)
      this.#endLocal()
    })
  }

  reset(code: 'CANCEL' | 'NO_ERROR' | 'REFUSED_STREAM' | 'INTERNAL_ERROR' = 'CANCEL'): void {
    if (this.#failure || (this.#remoteEnded && this.#localEnded)) return
    const failure = new Http2Error(code, 'the stream was given up')
    this.#link.sendReset(this.id, failure)
    this.fail(failure)
  }

  /** Of the connection: a block of headers has come. */
  arrivedHeaders(headers: readonly Header[], isLast: boolean): void {
    if (this.#remoteEnded) throw new Http2Error('STREAM_CLOSED', 'headers after the end')
    if (!this.#hasHead) this.#head.resolve(headers)
    else this.trailers = headers
    this.#hasHead = true
    if (isLast) this.#endRemote()
  }

  /** Of the connection. `bytes` counts padding, which is read at once. */
  arrivedData(data: Buffer, bytes: number, isLast: boolean): void {
    if (this.#remoteEnded) throw new Http2Error('STREAM_CLOSED', 'data after the end')
    if (this.#queuedBytes + bytes > STREAM_WINDOW_BYTES) throw new Http2Error('FLOW_CONTROL_ERROR', 'too much data')
    if (data.length > 0) {
      this.#queue.push(data)
      this.#queuedBytes += data.length
    }
    this.#acknowledge(bytes - data.length)
    if (isLast) this.#endRemote()
    else this.#wakeReader?.()
  }

  /** Ends it for both sides. */
  fail(failure: Error): void {
    if (this.#failure) return
    this.#failure = failure
    // A whole answer stays one when its sender then gives up what we still send. Source: RFC 9113, section 8.1.
    if (!this.#remoteEnded) this.#queue = []
    this.#head.reject(failure)
    this.#gone.abort(failure)
    this.#wakeReader?.()
    this.window.wake()
    this.#link.forget(this)
  }

  /** What one call writes is not mixed with what another does while both wait for the window. */
  #inTurn(send: () => Promise<void>): Promise<void> {
    const sent = this.#sending.then(() => {
      if (this.#failure) throw this.#failure
      if (this.#localEnded) throw new Http2Error('STREAM_CLOSED', 'sent after the end')
      return send()
    })
    this.#sending = sent.catch(() => {})
    return sent
  }

  #endLocal(): void {
    this.#localEnded = true
    if (this.#remoteEnded) this.#link.forget(this)
  }

  #endRemote(): void {
    this.#remoteEnded = true
    this.#wakeReader?.()
    if (this.#localEnded) this.#link.forget(this)
  }

  #acknowledge(bytes: number): void {
    this.#unacknowledged += bytes
    if (this.#remoteEnded || this.#failure || this.#unacknowledged < STREAM_WINDOW_BYTES / 4) return
    this.#link.sendCredit(this.id, uint32(this.#unacknowledged))
    this.#unacknowledged = 0
  }
}
