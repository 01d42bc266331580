import { Http2Error } from './faults.ts'
import { FLAGS, type Frame } from './frames.ts'
import { type Header, HpackDecoder } from './hpack/decoder.ts'

export type HeaderBlock = { stream: number; headers: Header[]; isLast: boolean }

/** HEADERS and their CONTINUATIONs become one block. Bounded in bytes and in frames: neither may go on without end (CVE-2024-27316). */
export class HeaderBlocks {
  readonly #limitBytes: number
  readonly #decoder: HpackDecoder
  #pending: { stream: number; isLast: boolean; parts: Buffer[]; bytes: number } | undefined

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
    this.#decoder = new HpackDecoder(limitBytes)
  }

  /** Only CONTINUATION of the same stream may follow. Source: RFC 9113, section 6.10. */
  get awaits(): number | undefined {
    return this.#pending?.stream
  }

  begin(frame: Frame): HeaderBlock | undefined {
    const isLast = (frame.flags & FLAGS.END_STREAM) !== 0
    const fragment = withoutPadding(frame)
    const block = frame.flags & FLAGS.PRIORITY ? fragment.subarray(5) : fragment
    if (frame.flags & FLAGS.PRIORITY && fragment.length < 5) throw new Http2Error('FRAME_SIZE_ERROR', 'no priority')
    this.#pending = { stream: frame.stream, isLast, parts: [], bytes: 0 }
    return this.#add(block, frame.flags)
  }

  continue(frame: Frame): HeaderBlock | undefined {
    if (this.#pending?.stream !== frame.stream) throw new Http2Error('PROTOCOL_ERROR', 'a continuation of nothing')
    return this.#add(frame.payload, frame.flags)
  }

  #add(fragment: Buffer, flags: number): HeaderBlock | undefined {
    const pending = this.#pending!
    // Every frame counts for something, or empty ones could go on for ever.
    pending.bytes += fragment.length + 32
    if (pending.bytes > this.#limitBytes) throw new Http2Error('ENHANCE_YOUR_CALM', 'too large a list of headers')
    pending.parts.push(Buffer.from(fragment))
    if (!(flags & FLAGS.END_HEADERS)) return undefined
    this.#pending = undefined
    const headers = this.#decoder.decode(Buffer.concat(pending.parts))
    return { stream: pending.stream, headers, isLast: pending.isLast }
  }
}

export function withoutPadding({ flags, payload }: Frame): Buffer {
  if (!(flags & FLAGS.PADDED)) return payload
  const padding = payload[0] ?? 0
  if (padding + 1 > payload.length) throw new Http2Error('PROTOCOL_ERROR', 'more padding than content')
  return payload.subarray(1, payload.length - padding)
}
