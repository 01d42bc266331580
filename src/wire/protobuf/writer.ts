/** Parts of a message, in their order. */
export class Writer {
  readonly #parts: Buffer[] = []

  tag(number: number, wireType: number): this {
    return this.varint(BigInt(number * 8 + wireType))
  }

  varint(value: bigint): this {
    const bytes: number[] = []
    let rest = BigInt.asUintN(64, value)
    for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
    bytes.push(Number(rest))
    this.#parts.push(Buffer.from(bytes))
    return this
  }

  bytes(value: Uint8Array): this {
    this.varint(BigInt(value.length))
    this.#parts.push(Buffer.from(value.buffer, value.byteOffset, value.length))
    return this
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts)
  }
}
