/** What a pattern says. `test` takes one character, or with `at` looks between two. */
export type PatternNode =
  | { kind: 'character'; test: (character: string) => boolean }
  | { kind: 'place'; test: (text: string, at: number) => boolean }
  | { kind: 'sequence'; parts: PatternNode[] }
  | { kind: 'choice'; choices: PatternNode[] }
  | { kind: 'repeat'; node: PatternNode; least: number; most: number }

/** Go refuses to repeat more often. */
const MOST_REPEATS = 1000
const isWord = (character: string | undefined): boolean => character !== undefined && /\w/.test(character)
const atWordEdge = (text: string, at: number): boolean => isWord(text[at - 1]) !== isWord(text[at])

const CLASSES: Partial<Record<string, RegExp>> = {
  d: /\d/,
  D: /\D/,
  w: /\w/,
  W: /\W/,
  s: /[\t\n\f\r ]/,
  S: /[^\t\n\f\r ]/,
}
const CONTROLS: Partial<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v', a: '\x07' }
const PLACES: Partial<Record<string, (text: string, at: number) => boolean>> = {
  '^': (_, at) => at === 0,
  A: (_, at) => at === 0,
  $: (text, at) => at === text.length,
  z: (text, at) => at === text.length,
  b: atWordEdge,
  B: (text, at) => !atWordEdge(text, at),
}

/** Thrown for what is no pattern, and for what this reader does not know. */
export class PatternError extends Error {}

export const parsePattern = (source: string): PatternNode => new Reader(source).whole()

class Reader {
  readonly #source: string
  #at = 0

  constructor(source: string) {
    this.#source = source
  }

  whole(): PatternNode {
    const node = this.#choice()
    if (this.#at < this.#source.length) throw new PatternError('unexpected )')
    return node
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false
    this.#at += text.length
    return true
  }

  #next(): string {
    const character = this.#source[this.#at++]
    if (character === undefined) throw new PatternError('the pattern ends too early')
    return character
  }

  #choice(): PatternNode {
    const choices = [this.#sequence()]
    while (this.#take('|')) choices.push(this.#sequence())
    return { kind: 'choice', choices }
  }

  #sequence(): PatternNode {
    const parts: PatternNode[] = []
    while (this.#at < this.#source.length && !/[|)]/.test(this.#source[this.#at]!)) parts.push(this.#repeated())
    return { kind: 'sequence', parts }
  }

  #repeated(): PatternNode {
    const node = this.#one()
    const times = this.#times()
    if (!times) return node
    this.#take('?')
    if (/[*+?]/.test(this.#source[this.#at] ?? '')) throw new PatternError('a repetition of a repetition')
    return { kind: 'repeat', node, ...times }
  }

  #times(): { least: number; most: number } | undefined {
    if (this.#take('*')) return { least: 0, most: Number.POSITIVE_INFINITY }
    if (this.#take('+')) return { least: 1, most: Number.POSITIVE_INFINITY }
    if (this.#take('?')) return { least: 0, most: 1 }
    const braces = /^\{(\d{1,4})(?:(,)(\d{0,4}))?\}/.exec(this.#source.slice(this.#at))
    if (!braces) return undefined
    this.#at += braces[0].length
    const least = Number(braces[1])
    const most = braces[2] ? (braces[3] ? Number(braces[3]) : Number.POSITIVE_INFINITY) : least
    if (least > MOST_REPEATS || most < least || (most !== Number.POSITIVE_INFINITY && most > MOST_REPEATS))
      throw new PatternError('bad repetition')
    return { least, most }
  }

  #one(): PatternNode {
    const character = this.#next()
    const place = '^$'.includes(character) ? PLACES[character] : undefined
    if (place) return { kind: 'place', test: place }
    if (character === '(') return this.#group()
    if (character === '[') return this.#set()
    if (character === '.') return { kind: 'character', test: other => other !== '\n' }
    if (character === '\\') return this.#escape()
    if ('*+?'.includes(character)) throw new PatternError('nothing to repeat')
    return { kind: 'character', test: other => other === character }
  }

  #group(): PatternNode {
    if (this.#take('?') && !this.#take(':')) throw new PatternError('an unknown group')
    const node = this.#choice()
    if (!this.#take(')')) throw new PatternError('missing )')
    return node
  }

  #escape(): PatternNode {
    const character = this.#next()
    const place = /[AzbB]/.test(character) ? PLACES[character] : undefined
    return place ? { kind: 'place', test: place } : { kind: 'character', test: this.#escaped(character) }
  }

  #escaped(character: string): (other: string) => boolean {
    const known = CLASSES[character]
    if (known) return other => known.test(other)
    const literal = CONTROLS[character] ?? character
    if (/\w/.test(character) && literal === character) throw new PatternError('an unknown escape')
    return other => other === literal
  }

  #set(): PatternNode {
    const inverse = this.#take('^')
    const tests: ((other: string) => boolean)[] = []
    do tests.push(this.#member())
    while (!this.#take(']'))
    return { kind: 'character', test: other => tests.some(test => test(other)) !== inverse }
  }

  #member(): (other: string) => boolean {
    const first = this.#next()
    if (first === '[' && this.#source[this.#at] === ':') throw new PatternError('an unknown class')
    if (first === '\\') return this.#escaped(this.#next())
    const range = /^-([^\]\\])/.exec(this.#source.slice(this.#at))
    if (!range) return other => other === first
    this.#at += 2
    const last = range[1]!
    if (last < first) throw new PatternError('a range that runs backwards')
    return other => other >= first && other <= last
  }
}
