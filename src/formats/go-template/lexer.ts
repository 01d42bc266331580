import { TemplateError } from './faults.ts'

/** The words of a template, after Go's text/template/parse/lex.go. A mistake is a word too, told when the reader comes to it. */
export type TokenKind =
  | 'text'
  | 'open'
  | 'close'
  | 'space'
  | 'identifier'
  | 'keyword'
  | 'field'
  | 'variable'
  | 'number'
  | 'string'
  | 'rawString'
  | 'char'
  | 'bool'
  | 'nil'
  | 'dot'
  | 'pipe'
  | 'declare'
  | 'assign'
  | '('
  | ')'
  | ','
  | 'sign'
  | 'error'
  | 'end'

export type Token = { kind: TokenKind; text: string; at: number; line: number }

const KEYWORDS = ['block', 'break', 'continue', 'define', 'else', 'end', 'if', 'range', 'template', 'with']
const WORD = /[\p{L}\p{Nd}_]/u
const BLANKS = ' \t\r\n'
const SIGNS: [string, TokenKind][] = [
  [':=', 'declare'],
  ['=', 'assign'],
  ['|', 'pipe'],
  [',', ','],
]
const ENDS_WORD = ' \t\r\n.,|:)('

export function tokenize(text: string, name: string): Token[] {
  return new Lexer(text, name).run()
}

class Lexer {
  readonly #text: string
  readonly #name: string
  readonly #tokens: Token[] = []
  #at = 0
  #line = 1
  #depth = 0

  constructor(text: string, name: string) {
    this.#text = text
    this.#name = name
  }

  run(): Token[] {
    try {
      while (this.#at < this.#text.length) this.#outside()
    } catch (failure) {
      if (!(failure instanceof TemplateError)) throw failure
      this.#emit('error', failure.message)
    }
    this.#emit('end', '')
    return this.#tokens
  }

  /** Text up to the next action, then the action. */
  #outside(): void {
    const open = this.#text.indexOf('{{', this.#at)
    const end = open < 0 ? this.#text.length : open
    const trims = open >= 0 && /^-[ \t\r\n]/.test(this.#text.slice(open + 2, open + 4))
    const text = this.#text.slice(this.#at, end)
    const shown = trims ? text.replace(/[ \t\r\n]+$/, '') : text
    if (shown) this.#emit('text', shown)
    this.#skip(text)
    if (open < 0) return
    const comment = open + 2 + (trims ? 2 : 0)
    if (this.#text.startsWith('/*', comment)) this.#comment(open, comment)
    else this.#action(open + 2 + (trims ? 1 : 0))
  }

  #action(start: number): void {
    this.#emit('open', '{{')
    this.#at = start
    this.#depth = 0
    this.#inside()
  }

  #comment(open: number, at: number): void {
    const end = this.#text.indexOf('*/', at)
    if (end < 0) throw this.#error('unclosed comment')
    const trims = /^[ \t\r\n]-\}\}/.test(this.#text.slice(end + 2, end + 6))
    if (!trims && !this.#text.startsWith('}}', end + 2)) throw this.#error('comment ends before closing delimiter')
    const stop = end + 2 + (trims ? 4 : 2)
    this.#skip(this.#text.slice(open, stop))
    if (trims) this.#skipBlanks()
  }

  #inside(): void {
    for (;;) {
      const rest = this.#text.slice(this.#at, this.#at + 4)
      const trims = /^[ \t\r\n]-\}\}/.test(rest)
      if (trims || rest.startsWith('}}')) {
        if (this.#depth > 0) throw this.#error('unclosed left paren')
        if (trims) this.#skip(rest.slice(0, 2))
        this.#take('close', 2)
        if (trims) this.#skipBlanks()
        return
      }
      if (rest === '') throw this.#error('unclosed action')
      this.#word(rest[0]!)
    }
  }

  #word(first: string): void {
    const here = this.#text.slice(this.#at)
    const sign = SIGNS.find(([text]) => here.startsWith(text))
    if (BLANKS.includes(first)) this.#blanks(here)
    else if (sign) this.#take(sign[1], sign[0].length)
    else if (first === '"') this.#quoted('string', /^"(?:[^"\\\n]|\\.)*"/, 'unterminated quoted string')
    else if (first === "'") this.#quoted('char', /^'(?:[^'\\\n]|\\.)*'/, 'unterminated character constant')
    else if (first === '`') this.#quoted('rawString', /^`[^`]*`/, 'unterminated raw quoted string')
    else if (first === '$') this.#namedWord('variable', here)
    else if (here === '.') throw this.#error('illegal number syntax: "."')
    else if (first === '.' && !/^\.\d/.test(here)) this.#namedWord('field', here)
    else if (/^[+-]?\.?\d/.test(here)) this.#number(here)
    else if (first === '(') this.#paren(1, '(')
    else if (first === ')') this.#paren(-1, ')')
    else if (WORD.test(first)) this.#identifier(here)
    else if (first === ':') throw this.#error('expected :=')
    else if (first > ' ' && first < '\x7f') this.#take('sign', 1)
    else throw this.#error(`unrecognized character in action: ${quoteRune(here)}`)
  }

  #blanks(here: string): void {
    let length = /^[ \t\r\n]+/.exec(here)![0].length
    if (here.startsWith('-}}', length) && length > 1) length--
    else if (here.startsWith('-}}', length)) return
    this.#take('space', length)
  }

  #paren(step: 1 | -1, kind: '(' | ')'): void {
    this.#depth += step
    if (this.#depth < 0) throw this.#error('unexpected right paren')
    this.#take(kind, 1)
  }

  /** `.Field`, `$name`, or the sign alone. */
  #namedWord(kind: 'field' | 'variable', here: string): void {
    const length = 1 + /^[\p{L}\p{Nd}_]*/u.exec(here.slice(1))![0].length
    this.#endOfWord(here, length)
    this.#take(length === 1 && kind === 'field' ? 'dot' : kind, length)
  }

  #identifier(here: string): void {
    const word = /^[\p{L}\p{Nd}_]+/u.exec(here)![0]
    this.#endOfWord(here, word.length)
    const kind = KEYWORDS.includes(word)
      ? 'keyword'
      : word === 'true' || word === 'false'
        ? 'bool'
        : word === 'nil'
          ? 'nil'
          : 'identifier'
    this.#take(kind, word.length)
  }

  #endOfWord(here: string, length: number): void {
    const next = here[length]
    if (next === undefined || ENDS_WORD.includes(next) || here.startsWith('}}', length)) return
    throw this.#error(`bad character ${quoteRune(here.slice(length))}`)
  }

  #number(here: string): void {
    const text =
      /^[+-]?(0[xX][\da-fA-F_.]*(?:[pP][+-]?[\d_]+)?|0[bB][01_]*|0[oO][0-7_]*|[\d_.]*(?:[eE][+-]?[\d_]+)?)/.exec(
        here,
      )![0]
    const next = here[text.length]
    if (next !== undefined && WORD.test(next)) {
      throw this.#error(`bad number syntax: ${JSON.stringify(here.slice(0, text.length + 1))}`)
    }
    this.#take('number', text.length)
  }

  #quoted(kind: 'string' | 'char' | 'rawString', pattern: RegExp, unclosed: string): void {
    const match = pattern.exec(this.#text.slice(this.#at))
    if (!match) throw this.#error(unclosed)
    this.#take(kind, match[0].length)
  }

  #take(kind: TokenKind, length: number): void {
    const text = this.#text.slice(this.#at, this.#at + length)
    this.#emit(kind, text)
    this.#skip(text)
  }

  #emit(kind: TokenKind, text: string): void {
    this.#tokens.push({ kind, text, at: this.#at, line: this.#line })
  }

  #skip(text: string): void {
    for (const character of text) if (character === '\n') this.#line++
    this.#at += text.length
  }

  #skipBlanks(): void {
    this.#skip(/^[ \t\r\n]*/.exec(this.#text.slice(this.#at))![0])
  }

  #error = (reason: string): TemplateError => new TemplateError(`template: ${this.#name}:${this.#line}: ${reason}`)
}

/** Go's %#U: `U+002B '+'`. */
function quoteRune(text: string): string {
  const point = text.codePointAt(0) ?? 0
  return `U+${point.toString(16).toUpperCase().padStart(4, '0')} '${String.fromCodePoint(point)}'`
}
