import { quoteString } from './literals.ts'
import { formatFloat, formatValue } from './print.ts'
import { concrete, elements, type GoValue } from './values.ts'

/** Go's own limit. */
const WIDEST = 1e6

type Verb = { flags: string; width?: number; precision?: number; letter: string }

/** fmt.Sprintf, with its marks for verbs and operands that do not fit. */
export function sprintf(format: string, args: GoValue[]): string {
  let used = 0
  const star = (text: string | undefined): number | undefined =>
    text === '*'
      ? Number(concrete(args[used++] ?? { type: { kind: 'int', name: 'int' }, data: 0 }).data)
      : text
        ? Number(text)
        : undefined
  const pattern = /%([-+# 0]*)(\*|\d+)?(?:\.(\*|\d*))?(.)?/gsu
  const text = format.replace(pattern, (_, flags: string, wide?: string, precise?: string, letter?: string) => {
    if (letter === undefined) return '%!(NOVERB)'
    if (letter === '%') return '%'
    const verb = { flags, width: star(wide), precision: precise === '' ? 0 : star(precise), letter }
    if (used >= args.length) return `%!${letter}(MISSING)`
    return padded(formatVerb(verb, args[used++]!), verb)
  })
  return used < args.length ? text + extra(args.slice(used)) : text
}

const extra = (args: GoValue[]): string =>
  `%!(EXTRA ${args.map(arg => `${concrete(arg).type.name}=${formatValue(arg)}`).join(', ')})`

function formatVerb(verb: Verb, given: GoValue): string {
  const value = concrete(given)
  const { kind } = value.type
  if (verb.letter === 'v') return formatValue(value)
  if (verb.letter === 'T') return value.type.kind === 'any' ? '<nil>' : value.type.name
  if (kind === 'slice' && 'sqdx'.includes(verb.letter)) {
    const of = (value.type as { of: GoValue['type'] }).of
    return `[${elements(value.data)
      .map(data => formatVerb(verb, { type: of, data }))
      .join(' ')}]`
  }
  if (kind === 'string' || kind === 'number') return stringVerb(verb, String(value.data)) ?? bad(verb, value)
  if (kind === 'int' || kind === 'uint' || kind === 'duration')
    return integerVerb(verb, Number(value.data)) ?? bad(verb, value)
  if (kind === 'float') return floatVerb(verb, Number(value.data)) ?? bad(verb, value)
  if (kind === 'bool' && verb.letter === 't') return String(value.data)
  if (kind === 'any') return `%!${verb.letter}(<nil>)`
  return bad(verb, value)
}

const bad = (verb: Verb, value: GoValue): string => `%!${verb.letter}(${value.type.name}=${formatValue(value)})`

function stringVerb({ letter, precision, flags }: Verb, text: string): string | undefined {
  const cut = precision === undefined ? text : [...text].slice(0, precision).join('')
  if (letter === 's') return cut
  if (letter === 'q') return flags.includes('#') && !cut.includes('`') ? `\`${cut}\`` : quoteString(cut)
  if (letter !== 'x' && letter !== 'X') return undefined
  const digits = Buffer.from(cut).toString('hex')
  return letter === 'x' ? digits : digits.toUpperCase()
}

const BASES: Record<string, number> = { d: 10, x: 16, X: 16, o: 8, b: 2 }

function integerVerb({ letter, flags }: Verb, value: number): string | undefined {
  if (letter === 'c') return String.fromCodePoint(value)
  if (letter === 'q') return `'${String.fromCodePoint(value)}'`
  if (letter === 'U') return `U+${value.toString(16).toUpperCase().padStart(4, '0')}`
  const base = BASES[letter]
  if (!base) return undefined
  const digits = Math.abs(value).toString(base)
  const prefix = flags.includes('#') ? ({ x: '0x', X: '0X', o: '0', b: '0b' }[letter] ?? '') : ''
  return sign(value, flags) + prefix + (letter === 'X' ? digits.toUpperCase() : digits)
}

function floatVerb({ letter, flags, precision }: Verb, value: number): string | undefined {
  const size = Math.abs(value)
  if (letter === 'f' || letter === 'F') return sign(value, flags) + size.toFixed(precision ?? 6)
  if (letter === 'e' || letter === 'E') {
    const text = size.toExponential(precision ?? 6).replace(/e([+-])(\d)$/, 'e$10$2')
    return sign(value, flags) + (letter === 'E' ? text.toUpperCase() : text)
  }
  if (letter !== 'g' && letter !== 'G') return undefined
  return (
    sign(value, flags) +
    (precision === undefined ? formatFloat(size) : formatFloat(Number(size.toPrecision(precision || 1))))
  )
}

const sign = (value: number, flags: string): string =>
  value < 0 ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''

function padded(text: string, { flags, width = 0 }: Verb): string {
  const missing = Math.abs(width) - [...text].length
  if (Math.abs(width) > WIDEST) return `%!(BADWIDTH)${text}`
  if (missing <= 0) return text
  if (flags.includes('-') || width < 0) return text + ' '.repeat(missing)
  if (!flags.includes('0')) return ' '.repeat(missing) + text
  const signed = /^[+-]/.test(text) ? 1 : 0
  return text.slice(0, signed) + '0'.repeat(missing) + text.slice(signed)
}
