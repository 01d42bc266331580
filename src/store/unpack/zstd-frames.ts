type State = 'magic' | 'descriptor' | 'header' | 'skippable' | 'block' | 'checksum'

/**
 * Follows the frames of a zstd stream by their lengths alone (RFC 8878, 3.1), to know whether it ends where a frame ends: the
 * decompressor takes a stream that is cut off for one that is whole.
 */
export class ZstdFrames {
  #need = 4
  #have = 0
  readonly #bytes = new Uint8Array(18)
  #skip = 0
  #state: State = 'magic'
  #hasChecksum = false

  /** True between frames. */
  get isWhole(): boolean {
    return this.#state === 'magic' && this.#have === 0 && this.#skip === 0
  }

  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#skip > 0) {
        const taken = Math.min(this.#skip, chunk.length - at)
        this.#skip -= taken
        at += taken
      } else {
        this.#bytes[this.#have++] = chunk[at++]!
        if (this.#have === this.#need) this.#step()
      }
    }
  }

  #step(): void {
    this.#have = 0
    if (this.#state === 'magic') this.#magic()
    else if (this.#state === 'skippable') this.#content(this.#number(4))
    else if (this.#state === 'descriptor') this.#descriptor(this.#bytes[0]!)
    else if (this.#state === 'header') this.#expect('block', 3)
    else if (this.#state === 'block') this.#block(this.#number(3))
    else this.#expect('magic', 4)
  }

  #magic(): void {
    if (this.#bytes[0] === 0x28) this.#expect('descriptor', 1)
    else this.#expect('skippable', 4)
  }

  #content(length: number): void {
    this.#skip = length
    this.#expect('magic', 4)
  }

  /** 3.1.1.1.1: which of the window, the dictionary's id and the content's size follow, and whether a checksum ends the frame. */
  #descriptor(flags: number): void {
    const isSingle = (flags & 0x20) !== 0
    const sizeFlag = flags >> 6
    const size = sizeFlag === 0 ? (isSingle ? 1 : 0) : 1 << sizeFlag
    const dictionary = [0, 1, 2, 4][flags & 3]!
    const length = (isSingle ? 0 : 1) + dictionary + size
    this.#hasChecksum = (flags & 4) !== 0
    if (length === 0) this.#expect('block', 3)
    else this.#expect('header', length)
  }

  /** 3.1.1.2: one bit for the last block, two for its kind, the rest its size; a run of one byte takes one byte. */
  #block(header: number): void {
    const isLast = (header & 1) !== 0
    this.#skip = ((header >> 1) & 3) === 1 ? 1 : header >> 3
    if (!isLast) this.#expect('block', 3)
    else if (this.#hasChecksum) this.#expect('checksum', 4)
    else this.#expect('magic', 4)
  }

  #expect(state: State, need: number): void {
    this.#state = state
    this.#need = need
  }

  #number(length: number): number {
    let value = 0
    for (let at = length - 1; at >= 0; at--) value = value * 256 + this.#bytes[at]!
    return value
  }
}
