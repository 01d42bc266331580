/** What is said to the child that writes a context: frames of a kind, a file's number and bytes. */
export const FRAME = { ENTRY: 1, DATA: 2, END: 3 } as const
export type FrameKind = (typeof FRAME)[keyof typeof FRAME]

const HEAD_BYTES = 9
const LARGEST_FRAME = 16 * 1024 * 1024

/** What stands before the payload. */
export function frameHead(kind: FrameKind, id: number, length: number): Uint8Array {
  const head = Buffer.allocUnsafe(HEAD_BYTES)
  head[0] = kind
  head.writeUInt32LE(id, 1)
  head.writeUInt32LE(length, 5)
  return head
}

export type Frame = { kind: number; id: number; payload: Uint8Array }

/** Frames out of chunks that end anywhere. The payload is good until the next call. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0)

  get isWhole(): boolean {
    return this.#rest.length === 0
  }

  *push(chunk: Uint8Array): Generator<Frame> {
    let bytes = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk])
    while (bytes.length >= HEAD_BYTES) {
      const length = bytes.readUInt32LE(5)
      if (length > LARGEST_FRAME) throw new Error(`a frame of ${length} bytes`)
      if (bytes.length < HEAD_BYTES + length) break
      yield { kind: bytes[0]!, id: bytes.readUInt32LE(1), payload: bytes.subarray(HEAD_BYTES, HEAD_BYTES + length) }
      bytes = bytes.subarray(HEAD_BYTES + length)
    }
    this.#rest = bytes
  }
}
