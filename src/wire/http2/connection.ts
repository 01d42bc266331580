import { ERROR_CODES, errorName, Http2Error } from './faults.ts'
import { FrameReader } from './frame-reader.ts'
import {
  DEFAULT_WINDOW_BYTES,
  FLAGS,
  FRAME_TYPES,
  type Frame,
  frameBytes,
  MAX_FRAME_BYTES,
  PREFACE,
  SETTINGS,
  settingsOf,
  settingsPayload,
  uint32,
} from './frames.ts'
import { type HeaderBlock, HeaderBlocks, withoutPadding } from './header-blocks.ts'
import type { Header } from './hpack/decoder.ts'
import { encodeHeaders } from './hpack/encoder.ts'
import { Outbox } from './outbox.ts'
import { Http2Stream, STREAM_WINDOW_BYTES, type StreamLink } from './stream.ts'
import type { Transport } from './transport.ts'
import { SendWindow } from './window.ts'

/** Streams that the other side may have at once; a handler that still runs after its stream was reset counts (CVE-2023-44487). */
const MAX_STREAMS = 100
const HEADER_BYTES = 256 * 1024

export type Http2Options = {
  role: 'client' | 'server'
  /** Answers a request of the other side. */
  serve?: (stream: Http2Stream) => Promise<void>
}

/**
 * HTTP/2 without TLS on a connection that is already open, by either side. Windows of the streams bound what is kept; the
 * window of the connection is given back at once, so that a stream nobody reads does not hold up the others.
 */
export class Http2Connection implements StreamLink {
  readonly #transport: Transport
  readonly #outbox: Outbox
  readonly #options: Http2Options
  readonly #streams = new Map<number, Http2Stream>()
  readonly #blocks = new HeaderBlocks(HEADER_BYTES)
  readonly #window = new SendWindow(DEFAULT_WINDOW_BYTES)
  readonly #gone = new AbortController()
  /** Frames of other types are of extensions, and passed over. Source: RFC 9113, section 5.5. */
  readonly #takers: Readonly<Record<number, (frame: Frame) => void>> = {
    [FRAME_TYPES.DATA]: frame => this.#data(frame),
    [FRAME_TYPES.HEADERS]: frame => this.#headers(this.#blocks.begin(frame)),
    [FRAME_TYPES.CONTINUATION]: frame => this.#headers(this.#blocks.continue(frame)),
    [FRAME_TYPES.RST_STREAM]: frame => this.#reset(frame),
    [FRAME_TYPES.SETTINGS]: frame => this.#settings(frame),
    [FRAME_TYPES.PING]: frame => this.#ping(frame),
    [FRAME_TYPES.GOAWAY]: frame => this.#goAway(frame),
    [FRAME_TYPES.WINDOW_UPDATE]: frame => this.#credit(frame),
    [FRAME_TYPES.PUSH_PROMISE]: () => {
      throw new Http2Error('PROTOCOL_ERROR', 'a push')
    },
  }
  readonly closed: Promise<void>
  #windowOfStreams = DEFAULT_WINDOW_BYTES
  #frameBytes = MAX_FRAME_BYTES
  #serving = 0
  #lastRemote = 0
  #nextLocal: number
  #uncredited = 0

  constructor(transport: Transport, options: Http2Options) {
    this.#transport = transport
    this.#outbox = new Outbox(transport)
    this.#options = options
    this.#nextLocal = options.role === 'client' ? 1 : 2
    this.#hello()
    this.closed = this.#run()
  }

  /** Aborted when the connection is over. */
  get signal(): AbortSignal {
    return this.#gone.signal
  }

  async request(headers: readonly Header[]): Promise<Http2Stream> {
    if (this.#outbox.failure) throw this.#outbox.failure
    const stream = new Http2Stream(this.#nextLocal, this, this.#windowOfStreams)
    this.#nextLocal += 2
    this.#streams.set(stream.id, stream)
    await stream.sendHeaders(headers)
    return stream
  }

  close(): void {
    this.#fail(new Http2Error('NO_ERROR', 'the connection was closed'))
  }

  async sendHeaders(stream: number, headers: readonly Header[], isLast: boolean): Promise<void> {
    const block = encodeHeaders(headers)
    const frames: Buffer[] = []
    for (let at = 0; at === 0 || at < block.length; at += this.#frameBytes) {
      const part = block.subarray(at, at + this.#frameBytes)
      const end = at + this.#frameBytes >= block.length ? FLAGS.END_HEADERS : 0
      const type = at === 0 ? FRAME_TYPES.HEADERS : FRAME_TYPES.CONTINUATION
      frames.push(frameBytes(type, end | (at === 0 && isLast ? FLAGS.END_STREAM : 0), stream, part))
    }
    await this.#outbox.send(Buffer.concat(frames))
  }

  async sendData(stream: Http2Stream, bytes: Uint8Array, isLast: boolean): Promise<void> {
    let at = 0
    do {
      const part = bytes.subarray(at, at + (await this.#allowance(stream, bytes.length - at)))
      at += part.length
      const flags = isLast && at === bytes.length ? FLAGS.END_STREAM : 0
      await this.#outbox.send(frameBytes(FRAME_TYPES.DATA, flags, stream.id, part))
    } while (at < bytes.length)
  }

  sendReset(stream: number, failure: Http2Error): void {
    this.#outbox.reply(frameBytes(FRAME_TYPES.RST_STREAM, 0, stream, uint32(ERROR_CODES[failure.code])))
  }

  sendCredit(stream: number, credit: Buffer): void {
    this.#outbox.reply(frameBytes(FRAME_TYPES.WINDOW_UPDATE, 0, stream, credit))
  }

  forget(stream: Http2Stream): void {
    this.#streams.delete(stream.id)
    // Its writer may wait for the window of the connection.
    if (stream.failure) this.#window.wake()
  }

  #hello(): void {
    const settings = settingsPayload({
      ...(this.#options.role === 'client' && { ENABLE_PUSH: 0 }),
      MAX_CONCURRENT_STREAMS: MAX_STREAMS,
      INITIAL_WINDOW_SIZE: STREAM_WINDOW_BYTES,
      MAX_HEADER_LIST_SIZE: HEADER_BYTES,
    })
    const first = this.#options.role === 'client' ? [PREFACE] : []
    const more = frameBytes(FRAME_TYPES.WINDOW_UPDATE, 0, 0, uint32(STREAM_WINDOW_BYTES * 8))
    void this.#outbox
      .send(Buffer.concat([...first, frameBytes(FRAME_TYPES.SETTINGS, 0, 0, settings), more]))
      .catch(() => {})
  }

  async #run(): Promise<void> {
    const reader = new FrameReader(this.#options.role === 'server')
    try {
      for await (const chunk of this.#transport.chunks) {
        for (const frame of reader.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length))) this.#take(frame)
        if (this.#outbox.failure) break
      }
      this.#fail(new Http2Error('NO_ERROR', 'the other side has gone'))
    } catch (failure) {
      this.#fail(failure instanceof Error ? failure : new Error(String(failure)))
    }
  }

  /** At least one byte, or 0 where nothing is to be sent. */
  async #allowance(stream: Http2Stream, wanted: number): Promise<number> {
    for (;;) {
      if (stream.failure) throw stream.failure
      const bytes = Math.min(wanted, this.#frameBytes, stream.window.bytes, this.#window.bytes)
      if (bytes > 0 || wanted === 0) {
        stream.window.take(bytes)
        this.#window.take(bytes)
        return bytes
      }
      await (stream.window.bytes <= 0 ? stream.window.changed() : this.#window.changed())
    }
  }

  #take(frame: Frame): void {
    const awaited = this.#blocks.awaits
    if (awaited !== undefined && frame.type !== FRAME_TYPES.CONTINUATION)
      throw new Http2Error('PROTOCOL_ERROR', 'a header block is not whole')
    this.#takers[frame.type]?.(frame)
  }

  #headers(block: HeaderBlock | undefined): void {
    if (!block) return
    const known = this.#streams.get(block.stream)
    if (known) known.arrivedHeaders(block.headers, block.isLast)
    else if (this.#isTheirs(block.stream) && block.stream > this.#lastRemote) this.#accept(block)
    else this.#late(block.stream)
  }

  #isTheirs(stream: number): boolean {
    return stream % 2 === (this.#options.role === 'server' ? 1 : 0)
  }

  /** What is sent on a stream that we have given up is let pass; one that never was is not. */
  #late(stream: number): void {
    const wasThere = stream !== 0 && (this.#isTheirs(stream) ? stream <= this.#lastRemote : stream < this.#nextLocal)
    if (!wasThere) throw new Http2Error('PROTOCOL_ERROR', `no stream ${stream}`)
  }

  #accept(block: HeaderBlock): void {
    this.#lastRemote = block.stream
    const stream = new Http2Stream(block.stream, this, this.#windowOfStreams)
    const { serve } = this.#options
    if (!serve || this.#serving >= MAX_STREAMS) {
      this.sendReset(stream.id, new Http2Error('REFUSED_STREAM', 'too many streams'))
      return
    }
    this.#streams.set(stream.id, stream)
    stream.arrivedHeaders(block.headers, block.isLast)
    this.#serving++
    void serve(stream)
      .catch(() => stream.reset('INTERNAL_ERROR'))
      .finally(() => this.#serving--)
  }

  #data(frame: Frame): void {
    this.#recredit(frame.payload.length)
    const stream = this.#streams.get(frame.stream)
    if (!stream) {
      this.#late(frame.stream)
      return
    }
    // A copy: the chunk that it came in is larger than what may wait here.
    const data = Buffer.from(withoutPadding(frame))
    stream.arrivedData(data, frame.payload.length, (frame.flags & FLAGS.END_STREAM) !== 0)
  }

  #recredit(bytes: number): void {
    this.#uncredited += bytes
    if (this.#uncredited < DEFAULT_WINDOW_BYTES / 2) return
    this.sendCredit(0, uint32(this.#uncredited))
    this.#uncredited = 0
  }

  #reset({ stream, payload }: Frame): void {
    expectLength(payload, 4)
    const known = this.#streams.get(stream)
    if (known) known.fail(new Http2Error(errorName(payload.readUInt32BE()), 'the other side gave the stream up'))
    else this.#late(stream)
  }

  #settings({ flags, payload }: Frame): void {
    if (flags & FLAGS.ACK) return
    for (const [name, value] of settingsOf(payload)) this.#setting(name, value)
    this.#outbox.reply(frameBytes(FRAME_TYPES.SETTINGS, FLAGS.ACK, 0, Buffer.alloc(0)))
  }

  #setting(name: number, value: number): void {
    if (name === SETTINGS.MAX_FRAME_SIZE) this.#frameBytes = Math.min(Math.max(value, MAX_FRAME_BYTES), 64 * 1024)
    if (name !== SETTINGS.INITIAL_WINDOW_SIZE) return
    for (const stream of this.#streams.values()) stream.window.give(value - this.#windowOfStreams)
    this.#windowOfStreams = value
  }

  #ping({ flags, payload }: Frame): void {
    expectLength(payload, 8)
    if (!(flags & FLAGS.ACK)) this.#outbox.reply(frameBytes(FRAME_TYPES.PING, FLAGS.ACK, 0, payload))
  }

  #goAway({ payload }: Frame): void {
    if (payload.length < 8) throw new Http2Error('FRAME_SIZE_ERROR', 'a short farewell')
    const code = errorName(payload.readUInt32BE(4))
    if (code !== 'NO_ERROR') throw new Http2Error(code, payload.subarray(8, 200).toString('latin1'))
  }

  #credit({ stream, payload }: Frame): void {
    expectLength(payload, 4)
    const bytes = payload.readUInt32BE() & 0x7fffffff
    if (stream === 0) this.#window.give(bytes)
    else this.#streams.get(stream)?.window.give(bytes)
  }

  #fail(failure: Error): void {
    if (this.#outbox.failure) return
    const code = failure instanceof Http2Error ? failure.code : 'INTERNAL_ERROR'
    const farewell = Buffer.concat([uint32(this.#lastRemote), uint32(ERROR_CODES[code])])
    this.#outbox.close(failure, frameBytes(FRAME_TYPES.GOAWAY, 0, 0, farewell))
    for (const stream of [...this.#streams.values()]) stream.fail(failure)
    this.#window.wake()
    this.#gone.abort(failure)
  }
}

function expectLength(payload: Buffer, length: number): void {
  if (payload.length !== length) throw new Http2Error('FRAME_SIZE_ERROR', `${payload.length} bytes, not ${length}`)
}
