/** Frames of RFC 6455, as a server reads and writes them. */
export const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

export class WebSocketError extends Error {
  /** For the close frame (7.4.1). */
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

export type FrameSink = {
  /** A part of the content of messages; where one message ends does not matter to a stream. */
  data: (bytes: Buffer) => void
  control: (opcode: number, payload: Buffer) => void
}

const MOST_CONTROL = 125
const CLOSE_PROTOCOL = 1002

/** Reads what a client sends, as it arrives; content is passed on without waiting for the end of its frame. Throws WebSocketError. */
export class FrameParser {
  readonly #sink: FrameSink
  #pending: Buffer = Buffer.alloc(0)
  #frame: { opcode: number; left: number; mask: Buffer; at: number; control: Buffer[] } | undefined

  constructor(sink: FrameSink) {
    this.#sink = sink
  }

  push(chunk: Buffer): void {
    let bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
    this.#pending = Buffer.alloc(0)
    while (bytes.length > 0) {
      const taken = this.#frame ? this.#content(bytes) : this.#header(bytes)
      if (taken === 0) {
        this.#pending = bytes
        return
      }
      bytes = bytes.subarray(taken)
    }
  }

  /** Bytes of the header; 0 if it is not all there. */
  #header(bytes: Buffer): number {
    const [first = 0, second = 0] = bytes
    const short = second & 0x7f
    const size = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + 4
    if (bytes.length < 2) return 0
    // 5.1: a client masks; 5.2: no extension has been agreed on.
    if ((second & 0x80) === 0) throw new WebSocketError(CLOSE_PROTOCOL, 'a frame without a mask')
    if ((first & 0x70) !== 0) throw new WebSocketError(CLOSE_PROTOCOL, 'a frame with reserved bits')
    if (bytes.length < size) return 0
    this.#begin(first & 0x0f, (first & 0x80) !== 0, lengthOf(bytes, short), bytes.subarray(size - 4, size))
    return size
  }

  #begin(opcode: number, isLast: boolean, length: number, mask: Buffer): void {
    const isControl = (opcode & 8) !== 0
    if (!Object.values<number>(OPCODES).includes(opcode)) throw new WebSocketError(CLOSE_PROTOCOL, 'an unknown opcode')
    // 5.5
    if (isControl && (length > MOST_CONTROL || !isLast))
      throw new WebSocketError(CLOSE_PROTOCOL, 'a long control frame')
    this.#frame = { opcode, left: length, mask: Buffer.from(mask), at: 0, control: [] }
    if (length === 0) this.#end()
  }

  #content(bytes: Buffer): number {
    const frame = this.#frame!
    const part = Buffer.from(bytes.subarray(0, frame.left))
    for (let i = 0; i < part.length; i++) part[i]! ^= frame.mask[(frame.at + i) & 3]!
    frame.at += part.length
    frame.left -= part.length
    if ((frame.opcode & 8) !== 0) frame.control.push(part)
    else this.#sink.data(part)
    if (frame.left === 0) this.#end()
    return part.length
  }

  #end(): void {
    const { opcode, control } = this.#frame!
    this.#frame = undefined
    if ((opcode & 8) !== 0) this.#sink.control(opcode, Buffer.concat(control))
  }
}

function lengthOf(bytes: Buffer, short: number): number {
  if (short < 126) return short
  if (short === 126) return bytes.readUInt16BE(2)
  const length = Number(bytes.readBigUInt64BE(2))
  if (!Number.isSafeInteger(length)) throw new WebSocketError(1009, 'a frame without end')
  return length
}

/** The header of a whole, unmasked frame. */
export function frameHeader(opcode: number, length: number): Buffer {
  if (length < 126) return Buffer.from([0x80 | opcode, length])
  if (length < 65_536) return Buffer.from([0x80 | opcode, 126, length >> 8, length & 0xff])
  const header = Buffer.alloc(10)
  header.set([0x80 | opcode, 127])
  header.writeBigUInt64BE(BigInt(length), 2)
  return header
}
