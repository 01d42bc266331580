import { HEADER_BYTES, type StreamKind, SYSTEM_ERROR } from './multiplexed-stream.ts'

/** Bytes that are no multiplexed stream: a kind that does not exist. */
export class MultiplexError extends Error {
  override readonly name = 'MultiplexError'
}

/**
 * Takes a multiplexed stream apart as it arrives, in pieces of any size. A payload is handed on piece by piece, so that no
 * length in a header, however large, makes this collect anything.
 */
export class Demultiplexer {
  readonly #header = Buffer.alloc(HEADER_BYTES)
  readonly #sink: (kind: StreamKind, piece: Uint8Array) => void
  #headerBytes = 0
  #kind: StreamKind = 1
  #left = 0

  constructor(sink: (kind: StreamKind, piece: Uint8Array) => void) {
    this.#sink = sink
  }

  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) at = this.#left > 0 ? this.#payload(chunk, at) : this.#head(chunk, at)
  }

  /** True between two frames: a stream that ends elsewhere was cut off. */
  get isComplete(): boolean {
    return this.#left === 0 && this.#headerBytes === 0
  }

  #payload(chunk: Uint8Array, at: number): number {
    const end = Math.min(chunk.length, at + this.#left)
    this.#left -= end - at
    this.#sink(this.#kind, chunk.subarray(at, end))
    return end
  }

  #head(chunk: Uint8Array, at: number): number {
    const end = Math.min(chunk.length, at + HEADER_BYTES - this.#headerBytes)
    this.#header.set(chunk.subarray(at, end), this.#headerBytes)
    this.#headerBytes += end - at
    if (this.#headerBytes < HEADER_BYTES) return end
    const kind = this.#header[0]!
    if (kind > SYSTEM_ERROR) throw new MultiplexError(`Unrecognized input header: ${kind}`)
    this.#kind = kind as StreamKind
    this.#left = this.#header.readUInt32BE(4)
    this.#headerBytes = 0
    return end
  }
}
