import { Http2Error } from '../faults.ts'
import { HUFFMAN_LENGTHS } from './huffman-lengths.table.ts'

const END = 256
/** A tree in one array: entry 2n + bit is the next node, or -(symbol + 1). */
const tree = buildTree()

/** Source: RFC 7541, section 5.2. */
export function decodeHuffman(bytes: Uint8Array): string {
  const out: number[] = []
  let node = 0
  let bitsSinceSymbol = 0
  let padding = true
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const next = tree[node * 2 + ((byte >> bit) & 1)]!
      bitsSinceSymbol++
      padding &&= ((byte >> bit) & 1) === 1
      if (next >= 0) node = next
      else {
        if (-next - 1 === END) throw new Http2Error('COMPRESSION_ERROR', 'the end code inside a string')
        out.push(-next - 1)
        node = 0
        bitsSinceSymbol = 0
        padding = true
      }
    }
  }
  if (bitsSinceSymbol > 7 || !padding) throw new Http2Error('COMPRESSION_ERROR', 'bad padding of a string')
  return Buffer.from(out).toString('latin1')
}

function buildTree(): Int32Array {
  const nodes = [0, 0]
  let code = 0
  let length = 0
  const symbols = HUFFMAN_LENGTHS.map((bits, symbol) => ({ bits, symbol }))
  symbols.sort((a, b) => a.bits - b.bits || a.symbol - b.symbol)
  for (const { bits, symbol } of symbols) {
    code *= 2 ** (bits - length)
    length = bits
    insert(nodes, code, bits, symbol)
    code++
  }
  return Int32Array.from(nodes)
}

function insert(nodes: number[], code: number, bits: number, symbol: number): void {
  let node = 0
  for (let bit = bits - 1; bit > 0; bit--) {
    const at = node * 2 + ((code >>> bit) & 1)
    if (nodes[at] === 0) {
      nodes[at] = nodes.length / 2
      nodes.push(0, 0)
    }
    node = nodes[at]!
  }
  nodes[node * 2 + (code & 1)] = -(symbol + 1)
}
