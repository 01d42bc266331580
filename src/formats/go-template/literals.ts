/** Go's quoting: strings and characters as they stand in a template, and as %q prints them. */
const ESCAPES: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
}
const NAMES: Record<string, string> = Object.fromEntries(Object.entries(ESCAPES).map(([name, value]) => [value, name]))

/** The value of `"…"` or of a raw string in backquotes. Throws on an escape that does not exist. */
export function unquoteString(text: string): string {
  const body = text.slice(1, -1)
  return text.startsWith('`') ? body.replaceAll('\r', '') : unescapeText(body, '"')
}

/** The code point of `'x'`. */
export const valueOfChar = (text: string): number => unescapeText(text.slice(1, -1), "'").codePointAt(0) ?? 0

function unescapeText(body: string, quote: string): string {
  const pattern = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|(.))/gs
  return body.replace(pattern, (_, hex, small, big, octal, plain) => {
    if (plain === undefined) {
      return String.fromCodePoint(Number.parseInt(hex ?? small ?? big ?? octal, octal === undefined ? 16 : 8))
    }
    const value = ESCAPES[plain]
    if (value === undefined || (plain !== quote && (plain === '"' || plain === "'"))) throw new Error('invalid syntax')
    return value
  })
}

/** strconv.Quote. */
export function quoteString(text: string): string {
  let quoted = '"'
  for (const character of text) {
    const name = character === "'" ? undefined : NAMES[character]
    if (name) quoted += `\\${name}`
    else if (character < ' ' || character === '\x7f') quoted += `\\x${hex(character, 2)}`
    else if (/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u.test(character)) quoted += unicode(character)
    else quoted += character
  }
  return `${quoted}"`
}

const hex = (character: string, digits: number): string => character.codePointAt(0)!.toString(16).padStart(digits, '0')
const unicode = (character: string): string =>
  character.codePointAt(0)! > 0xffff ? `\\U${hex(character, 8)}` : `\\u${hex(character, 4)}`
