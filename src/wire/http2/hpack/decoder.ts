import { Http2Error } from '../faults.ts'
import { decodeHuffman } from './huffman.ts'
import { STATIC_HEADERS } from './static-headers.table.ts'

export type Header = readonly [name: string, value: string]

/** The size of the table that is offered to the other side; what RFC 7541 begins with. */
const TABLE_BYTES = 4096
/** What an entry costs beyond its text. Source: RFC 7541, section 4.1. */
const ENTRY_BYTES = 32

/**
 * Header blocks of one connection, in their order: each may change the table that the next one refers to. A block whose
 * fields come to more than `limitBytes` is refused while it is read: few bytes can name a large entry many times.
 */
export class HpackDecoder {
  readonly #limitBytes: number
  #entries: Header[] = []
  #bytes = 0
  #capacity = TABLE_BYTES
  #block: Buffer = Buffer.alloc(0)
  #at = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  decode(block: Buffer): Header[] {
    this.#block = block
    this.#at = 0
    const headers: Header[] = []
    let total = 0
    while (this.#at < block.length) {
      const header = this.#field(block[this.#at]!)
      if (!header) continue
      total += header[0].length + header[1].length + ENTRY_BYTES
      if (total > this.#limitBytes) throw new Http2Error('ENHANCE_YOUR_CALM', 'too large a list of headers')
      headers.push(header)
    }
    return headers
  }

  /** Source: RFC 7541, section 6. */
  #field(first: number): Header | undefined {
    if (first & 0x80) return this.#entry(this.#integer(7))
    if (first & 0x40) return this.#remember(this.#literal(6))
    if (first & 0x20) return this.#resize(this.#integer(5))
    return this.#literal(4)
  }

  #literal(prefixBits: number): Header {
    const index = this.#integer(prefixBits)
    const name = index === 0 ? this.#text() : this.#entry(index)[0]
    return [name, this.#text()]
  }

  #entry(index: number): Header {
    const found = STATIC_HEADERS[index - 1] ?? this.#entries[index - 1 - STATIC_HEADERS.length]
    if (!found) throw new Http2Error('COMPRESSION_ERROR', `no header ${index}`)
    return found
  }

  #remember(header: Header): Header {
    this.#entries.unshift(header)
    this.#bytes += sizeOf(header)
    this.#evict()
    return header
  }

  #resize(capacity: number): undefined {
    if (capacity > TABLE_BYTES) throw new Http2Error('COMPRESSION_ERROR', `a table of ${capacity} bytes`)
    this.#capacity = capacity
    this.#evict()
    return undefined
  }

  #evict(): void {
    while (this.#bytes > this.#capacity) this.#bytes -= sizeOf(this.#entries.pop()!)
  }

  #text(): string {
    const isHuffman = (this.#byte() & 0x80) !== 0
    const length = this.#integer(7)
    const end = this.#at + length
    if (end > this.#block.length) throw new Http2Error('COMPRESSION_ERROR', 'a string beyond its block')
    const bytes = this.#block.subarray(this.#at, end)
    this.#at = end
    return isHuffman ? decodeHuffman(bytes) : bytes.toString('latin1')
  }

  /** Source: RFC 7541, section 5.1. */
  #integer(prefixBits: number): number {
    const mask = 2 ** prefixBits - 1
    let value = this.#byte() & mask
    this.#at++
    if (value < mask) return value
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = this.#byte()
      this.#at++
      value += (byte & 0x7f) * 2 ** shift
      if (!(byte & 0x80)) return value
    }
    throw new Http2Error('COMPRESSION_ERROR', 'an integer that does not end')
  }

  #byte(): number {
    const byte = this.#block[this.#at]
    if (byte === undefined) throw new Http2Error('COMPRESSION_ERROR', 'a header block that is cut off')
    return byte
  }
}

const sizeOf = ([name, value]: Header): number => name.length + value.length + ENTRY_BYTES
