/** Sizes as people write them, by the rules of Docker's go-units, so that every client prints and reads the same. */
const DECIMAL = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB']
const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB', 'ZiB', 'YiB']
const SUFFIXES = 'kmgtp'

/** A size that cannot be read; the message is go-units' own. */
export class SizeError extends Error {
  override readonly name = 'SizeError'
}

/** Bytes of `512m`, `1.5g`, `64KiB`, `100`: every suffix is a power of 1024 (`-m`, `--shm-size`, `max-size`). Throws {@link SizeError}. */
export const parseBytes = (text: string): number => parseSize(text, 1024)

/** Bytes of `10kB`, `2GB` where every suffix is a power of 1000. Throws {@link SizeError}. */
export const parseDecimalBytes = (text: string): number => parseSize(text, 1000)

/** Docker's HumanSize in powers of 1000: `1.24MB`, `72.8MB`. `digits` significant digits (3 in image and size columns, 4 elsewhere). */
export const formatBytes = (bytes: number, digits = 3): string => scaled(bytes, 1000, DECIMAL, digits)

/** Docker's BytesSize in powers of 1024: `512MiB`, `1.5GiB`. */
export const formatBinaryBytes = (bytes: number, digits = 4): string => scaled(bytes, 1024, BINARY, digits)

function parseSize(text: string, base: number): number {
  const match = /^(.*[0-9. ])([^0-9. ]*)$/s.exec(text)
  if (!match) throw new SizeError(`invalid size: '${text}'`)
  const number = match[1]!.endsWith(' ') ? match[1]!.slice(0, -1) : match[1]!
  const size = parseNumber(number)
  if (size < 0) throw new SizeError(`invalid size: '${text}'`)
  return Math.trunc(size * multiplier(match[2]!.toLowerCase(), base))
}

function parseNumber(text: string): number {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
    throw new SizeError(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`)
  }
  return Number(text)
}

function multiplier(suffix: string, base: number): number {
  if (suffix === '' || suffix === 'b') return 1
  const power = SUFFIXES.indexOf(suffix[0]!) + 1
  if (power === 0 || !['', 'b', 'ib'].includes(suffix.slice(1))) throw new SizeError(`invalid suffix: '${suffix}'`)
  return base ** power
}

function scaled(size: number, base: number, units: string[], digits: number): string {
  let unit = 0
  let value = size
  while (value >= base && unit < units.length - 1) {
    value /= base
    unit++
  }
  return formatG(value, digits) + units[unit]
}

/** C's and Go's `%.{digits}g`. */
export function formatG(value: number, digits: number): string {
  if (value === 0) return '0'
  const [mantissa, exponent] = value.toExponential(digits - 1).split('e') as [string, string]
  const power = Number(exponent)
  if (power >= -4 && power < digits) return trimZeros(value.toFixed(digits - 1 - power))
  return `${trimZeros(mantissa)}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
}

const trimZeros = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text)
