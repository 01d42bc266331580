import { PatternError, type PatternNode, parsePattern } from './syntax.ts'

/** Finds itself anywhere in a text. */
export type Pattern = { foundIn: (text: string) => boolean }

const LONGEST = 256
const MOST_STEPS = 5000

type Step =
  | { kind: 'character'; test: (character: string) => boolean; next: number }
  | { kind: 'place'; test: (text: string, at: number) => boolean; next: number }
  | { kind: 'either'; a: number; b: number }
  | { kind: 'found' }

/**
 * A regular expression as Go has them (groups, classes, repetitions, anchors; no flags and no Unicode classes), which takes time
 * by the length of the text and never more, whatever the pattern: JavaScript's own can be made to run for years, and a
 * client would hold up the daemon. undefined for what is no such pattern.
 */
export function compilePattern(source: string): Pattern | undefined {
  if (source.length > LONGEST) return undefined
  try {
    const program = new Program()
    const start = program.add(parsePattern(source), program.push({ kind: 'found' }))
    return { foundIn: text => new Search(program.steps, text).from(start) }
  } catch (failure) {
    if (failure instanceof PatternError) return undefined
    throw failure
  }
}

class Program {
  readonly steps: Step[] = []

  push(step: Step): number {
    if (this.steps.length >= MOST_STEPS) throw new PatternError('the pattern is too large')
    return this.steps.push(step) - 1
  }

  /** Where to begin for this node; after it comes `next`. */
  add(node: PatternNode, next: number): number {
    switch (node.kind) {
      case 'character':
      case 'place':
        return this.push({ ...node, next } as Step)
      case 'sequence':
        return node.parts.reduceRight((after, part) => this.add(part, after), next)
      case 'choice':
        return node.choices
          .map(choice => this.add(choice, next))
          .reduceRight((b, a) => this.push({ kind: 'either', a, b }))
      case 'repeat':
        return this.#repeat(node.node, node.least, node.most, next)
    }
  }

  #repeat(node: PatternNode, least: number, most: number, next: number): number {
    let start = most === Number.POSITIVE_INFINITY ? this.#loop(node, next) : next
    if (most !== Number.POSITIVE_INFINITY)
      for (let count = least; count < most; count++)
        start = this.push({ kind: 'either', a: this.add(node, start), b: next })
    for (let count = 0; count < least; count++) start = this.add(node, start)
    return start
  }

  #loop(node: PatternNode, next: number): number {
    const loop = { kind: 'either' as const, a: next, b: next }
    const at = this.push(loop)
    loop.a = this.add(node, at)
    return at
  }
}

/** All states at once, one character after the other. */
class Search {
  readonly #steps: Step[]
  readonly #text: string

  constructor(steps: Step[], text: string) {
    this.#steps = steps
    this.#text = text
  }

  from(start: number): boolean {
    let current: number[] = []
    for (let at = 0; at <= this.#text.length; at++) {
      const reached = this.#reach([...current, start], at)
      if (reached.some(state => this.#steps[state]?.kind === 'found')) return true
      current = this.#advance(reached, this.#text[at] ?? '')
    }
    return false
  }

  #reach(states: number[], at: number): number[] {
    const seen = new Set<number>()
    const open = states
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      if (seen.has(state)) continue
      seen.add(state)
      const step = this.#steps[state]!
      if (step.kind === 'either') open.push(step.a, step.b)
      else if (step.kind === 'place' && step.test(this.#text, at)) open.push(step.next)
    }
    return [...seen]
  }

  #advance(states: number[], character: string): number[] {
    return states.flatMap(state => {
      const step = this.#steps[state]!
      return step.kind === 'character' && character !== '' && step.test(character) ? [step.next] : []
    })
  }
}
