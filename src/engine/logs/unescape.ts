const BACKSLASH = 92
const QUOTE = 34
const SIMPLE: Record<number, number> = { 110: 10, 116: 9, 114: 13, 98: 8, 102: 12, 34: 34, 92: 92, 47: 47 }
const ESCAPED = new Uint8Array(128)
for (const [letter, byte] of Object.entries(SIMPLE)) ESCAPED[Number(letter)] = byte

/**
 * Writes the text of a JSON string (`input` from `from` to `to`, without its quotation marks) as UTF-8 into `output` at `at`;
 * answers where it ends, or -1 at what no JSON string has (a bare quotation mark, an unknown escape). Never longer than the input.
 */
export function unescapeInto(output: Uint8Array, at: number, input: Uint8Array, from: number, to: number): number {
  let out = at
  for (let index = from; index < to; index++) {
    const byte = input[index]!
    if (byte !== BACKSLASH) {
      if (byte === QUOTE) return -1
      output[out++] = byte
      continue
    }
    const letter = input[++index]!
    if (letter === 117) {
      const code = codePoint(input, index + 1, to)
      if (code < 0) return -1
      out = writeUtf8(output, out, code)
      index += code > 0xffff ? 10 : 4
      continue
    }
    const plain = index < to && letter < 128 ? ESCAPED[letter]! : 0
    if (plain === 0) return -1
    output[out++] = plain
  }
  return out
}

function codePoint(input: Uint8Array, at: number, to: number): number {
  const high = hex(input, at, to)
  if (high < 0xd800 || high > 0xdfff) return high
  const low = input[at + 4] === BACKSLASH && input[at + 5] === 117 ? hex(input, at + 6, to) : -1
  const isPair = high < 0xdc00 && low >= 0xdc00 && low <= 0xdfff
  return isPair ? 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00) : 0xfffd
}

function hex(input: Uint8Array, at: number, to: number): number {
  if (at + 4 > to) return -1
  let value = 0
  for (let index = at; index < at + 4; index++) {
    const digit = Number.parseInt(String.fromCharCode(input[index]!), 16)
    if (Number.isNaN(digit)) return -1
    value = value * 16 + digit
  }
  return value
}

function writeUtf8(output: Uint8Array, at: number, code: number): number {
  let out = at
  if (code < 0x80) output[out++] = code
  else if (code < 0x800) {
    output[out++] = 0xc0 | (code >> 6)
    output[out++] = 0x80 | (code & 63)
  } else {
    if (code < 0x10000) output[out++] = 0xe0 | (code >> 12)
    else {
      output[out++] = 0xf0 | (code >> 18)
      output[out++] = 0x80 | ((code >> 12) & 63)
    }
    output[out++] = 0x80 | ((code >> 6) & 63)
    output[out++] = 0x80 | (code & 63)
  }
  return out
}
