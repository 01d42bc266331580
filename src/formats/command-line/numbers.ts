/** Go's strconv for the numbers on a command line, with its error texts. */
const LITERAL = /^[+-]?(0[xX](_?[0-9a-fA-F])+|0[bB](_?[01])+|0[oO](_?[0-7])+|0(_?[0-7])*|[1-9](_?\d)*)$/

const INT64 = 63n

/** strconv.ParseInt(text, 0, bits). Exact to 2^53; larger values lose their last digits. */
export function parseGoInteger(text: string, bits = 64): number {
  const limit = bits === 64 ? 1n << INT64 : 1n << BigInt(bits - 1)
  return Number(inRange('ParseInt', text, literal('ParseInt', text, true), -limit, limit - 1n))
}

/** strconv.ParseUint(text, 0, bits). */
export function parseGoUnsigned(text: string, bits = 64): number {
  return Number(inRange('ParseUint', text, literal('ParseUint', text, false), 0n, (1n << BigInt(bits)) - 1n))
}

/** strconv.ParseBool. */
export function parseGoBoolean(text: string): boolean {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return true
  if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text)) return false
  throw syntax('ParseBool', text)
}

function literal(call: string, text: string, signed: boolean): bigint {
  if (!LITERAL.test(text) || (!signed && /^[+-]/.test(text))) throw syntax(call, text)
  const digits = text.replaceAll('_', '').replace(/^[+-]/, '')
  const size = BigInt(/^0\d/.test(digits) ? `0o${digits.slice(1)}` : digits)
  return text.startsWith('-') ? -size : size
}

function inRange(call: string, text: string, value: bigint, low: bigint, high: bigint): bigint {
  if (value >= low && value <= high) return value
  throw new Error(`strconv.${call}: parsing ${JSON.stringify(text)}: value out of range`)
}

const syntax = (call: string, text: string): Error =>
  new Error(`strconv.${call}: parsing ${JSON.stringify(text)}: invalid syntax`)
