import { expandWords } from './shell-word.ts'

/** `<<EOF`, `<<-EOF`, `3<<"EOF"`: what follows until a line that is the name alone. */
export type HeredocWord = {
  name: string
  /** Leading tabs are taken off, also before the closing name. */
  chomp: boolean
  /** Variables in the content are replaced; not if any part of the name is quoted. */
  expand: boolean
}
export type Heredoc = HeredocWord & { content: string }

const NONE = new Map<string, string>()

/** undefined for a word that is no heredoc. Throws WordError for quotes that do not end. */
export function parseHeredocWord(word: string): HeredocWord | undefined {
  const match = /^\d*<<(-?)[\t\n\f\r ]*([^<]*)$/.exec(word)
  if (!match?.[2]) return undefined
  const plain = expandWords(match[2], NONE, { keepUnset: true })
  if (plain.length !== 1) return undefined
  const raw = expandWords(match[2], NONE, { keepUnset: true, rawQuotes: true })
  return { name: plain[0]!, chomp: match[1] === '-', expand: quotesIn(plain[0]!) === quotesIn(raw[0] ?? '') }
}

const quotesIn = (text: string): number => text.match(/['"]/g)?.length ?? 0

/** The heredocs that an instruction opens, in order. A line whose quotes do not end opens none. */
export function heredocsOf(line: string): HeredocWord[] {
  if (!line.includes('<<')) return []
  return wordsOf(line).flatMap(word => parseHeredocWord(word) ?? [])
}

function wordsOf(line: string): string[] {
  try {
    return expandWords(line, NONE, { rawQuotes: true, rawEscapes: true, keepUnset: true })
  } catch {
    return []
  }
}

export const chompTabs = (content: string): string => content.replace(/^\t+/gm, '')
