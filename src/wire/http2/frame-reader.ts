import { Http2Error } from './faults.ts'
import { FRAME_HEADER_BYTES, type Frame, MAX_FRAME_BYTES, PREFACE } from './frames.ts'

/** Takes frames out of a byte stream in pieces of any size. What is kept between two pieces is less than one frame. */
export class FrameReader {
  #kept: Buffer[] = []
  #keptBytes = 0
  #needed: number
  #awaitsPreface: boolean

  constructor(awaitsPreface: boolean) {
    this.#awaitsPreface = awaitsPreface
    this.#needed = awaitsPreface ? PREFACE.length : FRAME_HEADER_BYTES
  }

  *push(chunk: Buffer): Generator<Frame> {
    this.#kept.push(chunk)
    this.#keptBytes += chunk.length
    while (this.#keptBytes >= this.#needed) {
      const bytes = this.#joined()
      const frame = this.#awaitsPreface ? this.#preface(bytes) : this.#frame(bytes)
      if (frame) yield frame
    }
  }

  #joined(): Buffer {
    if (this.#kept.length > 1) this.#kept = [Buffer.concat(this.#kept)]
    return this.#kept[0]!
  }

  #preface(bytes: Buffer): undefined {
    if (!bytes.subarray(0, PREFACE.length).equals(PREFACE)) throw new Http2Error('PROTOCOL_ERROR', 'no HTTP/2 preface')
    this.#awaitsPreface = false
    this.#drop(bytes, PREFACE.length)
    return undefined
  }

  #frame(bytes: Buffer): Frame | undefined {
    const length = bytes.readUIntBE(0, 3)
    if (length > MAX_FRAME_BYTES) throw new Http2Error('FRAME_SIZE_ERROR', `a frame of ${length} bytes`)
    const end = FRAME_HEADER_BYTES + length
    if (bytes.length < end) {
      this.#needed = end
      return undefined
    }
    const payload = bytes.subarray(FRAME_HEADER_BYTES, end)
    const frame = { type: bytes[3]!, flags: bytes[4]!, stream: bytes.readUInt32BE(5) & 0x7fffffff, payload }
    this.#drop(bytes, end)
    return frame
  }

  #drop(bytes: Buffer, count: number): void {
    this.#keptBytes = bytes.length - count
    this.#kept = this.#keptBytes > 0 ? [bytes.subarray(count)] : []
    this.#needed = FRAME_HEADER_BYTES
  }
}
