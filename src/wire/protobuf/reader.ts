/** Bytes of another side that are no protobuf message of the kind that is expected. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError'
}

/** Reads the parts of a message. Everything is checked against its end. Source: protobuf.dev, encoding. */
export class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  /** Number and wire type of the next field. */
  tag(): { number: number; wireType: number } {
    const tag = Number(this.varint())
    const number = Math.floor(tag / 8)
    if (number < 1 || number > 0x1fffffff) throw new ProtobufError(`a field of number ${number}`)
    return { number, wireType: tag % 8 }
  }

  varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw new ProtobufError('a number that does not end')
  }

  bytes(): Buffer {
    const length = Number(this.varint())
    return this.#take(length)
  }

  fixed(bytes: 4 | 8): Buffer {
    return this.#take(bytes)
  }

  /** Groups were given up long ago: none of these messages has one. */
  skip(wireType: number): void {
    if (wireType === 0) this.varint()
    else if (wireType === 1) this.#take(8)
    else if (wireType === 2) this.bytes()
    else if (wireType === 5) this.#take(4)
    else throw new ProtobufError(`a field of wire type ${wireType}`)
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw new ProtobufError('cut off')
    return byte
  }

  #take(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new ProtobufError('a field beyond the end')
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }
}
