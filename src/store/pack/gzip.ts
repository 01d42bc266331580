import { crc32, deflateRawSync, constants as zlib } from 'node:zlib'

const BLOCK_BYTES = 4 * 1024 * 1024
/** RFC 1952: deflate, no name, no time, an unknown system. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])

/**
 * Compresses what is pushed into it, to one gzip member that depends on nothing but the bytes. Each block of 4 MiB is deflated for itself
 * and ends on a whole byte (Z_SYNC_FLUSH), so that blocks follow each other as one stream.
 */
export class Gzip {
  readonly #take: (bytes: Uint8Array) => void
  readonly #block = new Uint8Array(BLOCK_BYTES)
  #filled = 0
  #sum = 0
  #length = 0

  constructor(take: (bytes: Uint8Array) => void) {
    this.#take = take
    take(HEADER)
  }

  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      const taken = Math.min(BLOCK_BYTES - this.#filled, chunk.length - at)
      this.#block.set(chunk.subarray(at, at + taken), this.#filled)
      this.#filled += taken
      at += taken
      if (this.#filled === BLOCK_BYTES) this.#deflate(zlib.Z_SYNC_FLUSH)
    }
  }

  finish(): void {
    this.#deflate(zlib.Z_FINISH)
    const trailer = Buffer.alloc(8)
    trailer.writeUInt32LE(this.#sum, 0)
    trailer.writeUInt32LE(this.#length % 2 ** 32, 4)
    this.#take(trailer)
  }

  #deflate(finishFlush: number): void {
    const block = this.#block.subarray(0, this.#filled)
    this.#sum = crc32(block, this.#sum)
    this.#length += block.length
    this.#filled = 0
    this.#take(deflateRawSync(block, { finishFlush, level: 6 }))
  }
}
