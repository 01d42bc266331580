/** White space as Go's unicode.IsSpace has it, which is not JavaScript's: U+0085 belongs to it, a byte order mark does not. */
const SPACE = '[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]'
const ONE = new RegExp(`^${SPACE}$`)
const LEADING = new RegExp(`^${SPACE}+`)

export const isSpace = (character: string | undefined): boolean => character !== undefined && ONE.test(character)

export const trimStart = (text: string): string => text.replace(LEADING, '')

/** By hand: a pattern for the end of a text tries every run of spaces in it. */
export function trimEnd(text: string): string {
  let end = text.length
  while (end > 0 && isSpace(text[end - 1])) end--
  return text.slice(0, end)
}

export const trim = (text: string): string => trimEnd(trimStart(text))
