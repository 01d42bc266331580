import type { Escape } from './dockerfile.ts'
import { WordError } from './faults.ts'
import { parseShellPattern, replacePattern, trimPrefix, trimSuffix } from './shell-pattern.ts'
import { isSpace } from './white-space.ts'

export type Environment = ReadonlyMap<string, string>

export type WordSettings = {
  escape?: Escape
  /** Quotes stay in the result. */
  rawQuotes?: boolean
  /** Escapes stay in the result. */
  rawEscapes?: boolean
  /** Quotes are characters as others: the content of heredocs. */
  plainQuotes?: boolean
  /** Variables that are not set stay as written. */
  keepUnset?: boolean
}

export type Expansion = {
  text: string
  /** The text parted at white space that is neither quoted nor escaped. */
  words: string[]
  /** Variables that the word names and that are set, and those that are not. */
  found: Set<string>
  missing: Set<string>
}

/** The word with its variables replaced and without its quotes. Throws {@link WordError} in BuildKit's words. */
export const expandWord = (word: string, environment: Environment, settings: WordSettings = {}): string =>
  expand(word, environment, settings).text

/** As {@link expandWord}, parted at white space; a variable's value is parted too. */
export const expandWords = (word: string, environment: Environment, settings: WordSettings = {}): string[] =>
  expand(word, environment, settings).words

export function expand(word: string, environment: Environment, settings: WordSettings = {}): Expansion {
  const lexer = new Lexer(word, environment, settings)
  try {
    return { ...lexer.readUntil(undefined, settings.rawEscapes ?? false), found: lexer.found, missing: lexer.missing }
  } catch (failure) {
    if (failure instanceof WordError)
      throw new WordError(`failed to process ${JSON.stringify(word)}: ${failure.message}`)
    throw failure
  }
}

/** Defaults within defaults; far more than people write, far less than the stack holds. */
const DEEPEST = 100
/** What variables may add to a word: a few lines that double a variable each would fill the memory. */
const MOST_ADDED = 1024 * 1024

class Lexer {
  readonly found = new Set<string>()
  readonly missing = new Set<string>()
  readonly #text: string
  readonly #environment: Environment
  readonly #settings: WordSettings
  readonly #escape: Escape
  readonly #limit: number
  #at = 0
  #depth = 0
  #rawEscapes = false

  constructor(text: string, environment: Environment, settings: WordSettings) {
    this.#text = text
    this.#environment = environment
    this.#settings = settings
    this.#escape = settings.escape ?? '\\'
    this.#limit = text.length + MOST_ADDED
  }

  readUntil(stop: string | undefined, rawEscapes: boolean): { text: string; words: string[] } {
    if (++this.#depth > DEEPEST) throw new WordError('substitutions are nested too deeply')
    const before = this.#rawEscapes
    this.#rawEscapes = rawEscapes
    const result = this.#readParts(stop)
    this.#rawEscapes = before
    this.#depth--
    return result
  }

  #readParts(stop: string | undefined): { text: string; words: string[] } {
    const output = new Output(this.#limit)
    for (;;) {
      const character = this.#peek()
      if (character === undefined) break
      if (character === stop) {
        this.#at++
        return output.end()
      }
      this.#readPart(character, output)
    }
    if (stop !== undefined) throw new UnexpectedEnd(`unexpected end of statement while looking for matching ${stop}`)
    return output.end()
  }

  #readPart(character: string, output: Output): void {
    const { plainQuotes } = this.#settings
    if (character === '$') output.addText(this.#dollar())
    else if (character === '<') output.addRaw(this.#possibleHeredoc())
    else if (character === "'" && !plainQuotes) output.addRaw(this.#singleQuoted())
    else if (character === '"' && !plainQuotes) output.addRaw(this.#doubleQuoted())
    else if (character === this.#escape) this.#escaped(output)
    else output.addText(this.#next())
  }

  #escaped(output: Output): void {
    const written = this.#next()
    if (this.#rawEscapes) output.addRaw(written)
    const character = this.#codePoint()
    if (character !== undefined) output.addRaw(character)
  }

  #singleQuoted(): string {
    const end = this.#text.indexOf("'", this.#at + 1)
    if (end < 0) {
      this.#at = this.#text.length
      throw new UnexpectedEnd('unexpected end of statement while looking for matching single-quote')
    }
    const content = this.#text.slice(this.#at + 1, end)
    this.#at = end + 1
    return this.#settings.rawQuotes ? `'${content}'` : content
  }

  #doubleQuoted(): string {
    this.#at++
    const output = new Output(this.#limit)
    for (;;) {
      const character = this.#peek()
      if (character === undefined) {
        throw new UnexpectedEnd('unexpected end of statement while looking for matching double-quote')
      }
      if (character === '"') break
      output.addRaw(character === '$' ? this.#dollar() : this.#quotedCharacter())
    }
    this.#at++
    const content = output.end().text
    return this.#settings.rawQuotes ? `"${content}"` : content
  }

  /** Within double quotes the escape is one only before `"`, `$` and itself. */
  #quotedCharacter(): string {
    const character = this.#next()
    if (character !== this.#escape) return character
    const kept = this.#rawEscapes ? character : ''
    const following = this.#peek()
    if (following === undefined) return kept
    if (following === '"' || following === '$' || following === this.#escape) return kept + this.#next()
    return kept + character
  }

  /** `<<` keeps the blanks after it, so that `<< EOF` is one word. */
  #possibleHeredoc(): string {
    this.#at++
    if (this.#peek() !== '<') return '<'
    const start = this.#at++
    while (/[\t\r ]/.test(this.#peek() ?? '')) this.#at++
    return `<${this.#text.slice(start, this.#at)}`
  }

  #dollar(): string {
    this.#at++
    if (this.#peek() === '{') return this.#braced()
    const name = this.#name()
    if (name === '') return '$'
    const value = this.#valueOf(name)
    return value ?? (this.#settings.keepUnset ? `$${name}` : '')
  }

  #braced(): string {
    this.#at++
    const first = this.#peek()
    if (first === undefined) throw new WordError("syntax error: missing '}'")
    if ('{}:'.includes(first)) throw new WordError('syntax error: bad substitution')
    const name = this.#name()
    const operator = this.#codePoint()
    if (operator === '}') return this.#valueOf(name) ?? (this.#settings.keepUnset ? `\${${name}}` : '')
    if (operator === '/') return this.#replaced(name)
    if (operator === ':') return this.#modified(name, this.#codePoint(), ':')
    return this.#modified(name, operator, '')
  }

  #modified(name: string, operator: string | undefined, colon: '' | ':'): string {
    const written = colon + (operator ?? '')
    if (operator === undefined || (colon === '' && !'+-?#%'.includes(operator))) throw unsupported(written)
    const isPattern = operator === '#' || operator === '%'
    if (colon && isPattern) throw unsupported(written)
    const word = this.#closed('}', isPattern, "syntax error: missing '}'")
    const value = this.#valueOf(name)
    if (value === undefined && this.#settings.keepUnset) return `\${${name}${written}${word}}`
    return isPattern ? trimmed(value ?? '', operator, word) : chosen(name, value, operator, word, colon === ':')
  }

  #replaced(name: string): string {
    const all = this.#peek() === '/'
    if (all) this.#at++
    const pattern = this.#closed('/', true, `syntax error: missing '/' in $\{}`)
    const replacement = this.#closed('}', true, "syntax error: missing '}'")
    const value = this.#valueOf(name)
    if (value === undefined && this.#settings.keepUnset) return `\${${name}/${pattern}/${replacement}}`
    return replacePattern(value ?? '', parseShellPattern(pattern), replacement, all)
  }

  #closed(stop: string, rawEscapes: boolean, missing: string): string {
    try {
      return this.readUntil(stop, rawEscapes).text
    } catch (failure) {
      throw failure instanceof UnexpectedEnd ? new WordError(missing) : failure
    }
  }

  #valueOf(name: string): string | undefined {
    const value = this.#environment.get(name)
    const names = value === undefined ? this.missing : this.found
    names.add(name)
    return value
  }

  /** Letters, digits and `_`; digits alone; or one of the shell's special parameters. */
  #name(): string {
    const rest = this.#text.slice(this.#at, this.#at + LONGEST_NAME)
    const name = /^(?:\p{Nd}+|[@*#?\-$!]|[\p{L}_][\p{L}\p{Nd}_]*)/u.exec(rest)?.[0] ?? ''
    this.#at += name.length
    return name
  }

  #peek(): string | undefined {
    return this.#text[this.#at]
  }

  #next(): string {
    return this.#text[this.#at++]!
  }

  #codePoint(): string | undefined {
    const code = this.#text.codePointAt(this.#at)
    if (code === undefined) return undefined
    const character = String.fromCodePoint(code)
    this.#at += character.length
    return character
  }
}

/** A slice as long as the text for each `$` would take quadratic time. */
const LONGEST_NAME = 4096

/** The word ended before its closing character. */
class UnexpectedEnd extends WordError {}

const unsupported = (operator: string): WordError => new WordError(`unsupported modifier (${operator}) in substitution`)

function chosen(name: string, value: string | undefined, operator: string, word: string, nullIsUnset: boolean): string {
  const isUnset = value === undefined || (nullIsUnset && value === '')
  switch (operator) {
    case '-':
      return isUnset ? word : value
    case '+':
      return isUnset ? '' : word
    case '?':
      if (!isUnset) return value
      throw new WordError(`${name}: ${word || `is not allowed to be ${value === undefined ? 'unset' : 'empty'}`}`)
    default:
      throw unsupported(`:${operator}`)
  }
}

function trimmed(value: string, operator: '#' | '%' | string, word: string): string {
  const greedy = word.startsWith(operator)
  const pattern = parseShellPattern(greedy ? word.slice(1) : word)
  return operator === '%' ? trimSuffix(value, pattern, greedy) : trimPrefix(value, pattern, greedy)
}

/** The result as one text and, at the same time, as words. */
class Output {
  readonly #text: string[] = []
  readonly #words: string[] = []
  readonly #limit: number
  #word: string[] = []
  #length = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** White space in it parts words. */
  addText(text: string): void {
    this.#keep(text)
    for (const character of text) {
      if (isSpace(character)) this.#endWord()
      else this.#word.push(character)
    }
  }

  addRaw(text: string): void {
    this.#keep(text)
    this.#word.push(text)
  }

  end(): { text: string; words: string[] } {
    this.#endWord()
    return { text: this.#text.join(''), words: this.#words }
  }

  #keep(text: string): void {
    this.#length += text.length
    if (this.#length > this.#limit) throw new WordError('the result is longer than 1 MiB')
    this.#text.push(text)
  }

  #endWord(): void {
    const word = this.#word.join('')
    if (word !== '') this.#words.push(word)
    this.#word = []
  }
}
