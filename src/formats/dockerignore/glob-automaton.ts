/** `one`: a letter, as the source of a regular expression. `name`: `*`. `rest`: `**` to the end. `parts`: `**` between slashes. */
export type GlobToken = { kind: 'one'; source: string } | { kind: 'name' | 'rest' | 'parts' }

/** What a place of the pattern takes, whether again and again, and how many places on one is without taking anything. */
type Place = { takes: (letter: string) => boolean; repeats: boolean; skips: number[] }

const ANY = () => true
const NOTHING = () => false
const IN_NAME = (letter: string) => letter !== '/'
const SLASH = (letter: string) => letter === '/'

/**
 * A pattern as a machine that is in all its places at once: the time is bounded by the length of the path times that of the
 * pattern, whatever both are.
 */
export class GlobAutomaton {
  readonly #places: Place[]

  constructor(tokens: readonly GlobToken[]) {
    this.#places = tokens.flatMap(placesOf)
  }

  test(path: string): boolean {
    let current = this.#reach([0])
    for (const letter of path) {
      const next: number[] = []
      for (const place of current) this.#step(place, letter, next)
      if (next.length === 0) return false
      current = this.#reach(next)
    }
    return current.has(this.#places.length)
  }

  #step(at: number, letter: string, next: number[]): void {
    const place = this.#places[at]
    if (place?.takes(letter)) next.push(place.repeats ? at : at + 1)
  }

  /** With what follows where a place may be passed over. */
  #reach(places: readonly number[]): Set<number> {
    const reached = new Set(places)
    for (const at of reached) for (const skip of this.#places[at]?.skips ?? []) reached.add(at + skip)
    return reached
  }
}

/** `(?:.*\/)?`: the way in, anything, and the slash that ends it. */
function placesOf(token: GlobToken): Place[] {
  switch (token.kind) {
    case 'one':
      return [{ takes: letterTest(token.source), repeats: false, skips: [] }]
    case 'name':
      return [{ takes: IN_NAME, repeats: true, skips: [1] }]
    case 'rest':
      return [{ takes: ANY, repeats: true, skips: [1] }]
    case 'parts':
      return [
        { takes: NOTHING, repeats: false, skips: [1, 3] },
        { takes: ANY, repeats: true, skips: [1] },
        { takes: SLASH, repeats: false, skips: [] },
      ]
  }
}

function letterTest(source: string): (letter: string) => boolean {
  if (!/[[\\]/.test(source)) return letter => letter === source
  const expression = new RegExp(`^${source}$`, 'su')
  return letter => expression.test(letter)
}
