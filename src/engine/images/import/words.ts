import { imageFaults } from '../faults.ts'

/** Splits at blanks as a Dockerfile does: quotes hold together and are taken off, `\` takes the next character as it is. */
export function splitWords(text: string, instruction: string): string[] {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!
    if (character === '\\' && quote !== "'") word = (word ?? '') + (text[++i] ?? '')
    else if (quote) {
      if (character === quote) quote = ''
      else word += character
    } else if (character === '"' || character === "'") {
      quote = character
      word ??= ''
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + character
  }
  if (quote)
    throw imageFaults.CHANGE_SYNTAX(instruction, 'unexpected end of statement while looking for matching quote')
  if (word !== undefined) words.push(word)
  return words
}

/** `["a","b"]`, or undefined where the text is no list of texts. */
export function jsonWords(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) && value.every(item => typeof item === 'string') ? value : undefined
  } catch {
    return undefined
  }
}
