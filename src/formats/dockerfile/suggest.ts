const FARTHEST = 2
const LONGEST = 64

/** ` (did you mean RUN?)` for what is at most two changes away from one of `options`, otherwise ''. */
export function suggestion(given: string, options: readonly string[], { anyCase = false } = {}): string {
  const match = nearest(anyCase ? given.toLowerCase() : given, anyCase ? options.map(lower) : options)
  return match === undefined ? '' : ` (did you mean ${anyCase ? casedLike(match, given) : match}?)`
}

const lower = (text: string): string => text.toLowerCase()

function nearest(given: string, options: readonly string[]): string | undefined {
  if (given.length > LONGEST || options.includes(given)) return undefined
  let best: { option: string; distance: number } | undefined
  for (const option of options) {
    const distance = editDistance(given, option)
    if (distance < (best?.distance ?? FARTHEST + 1)) best = { option, distance }
  }
  return best?.option
}

function editDistance(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const replaced = before[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1)
      current.push(Math.min(replaced, before[column]! + 1, current[column - 1]! + 1))
    }
    before = current
  }
  return before[b.length]!
}

function casedLike(match: string, given: string): string {
  if (given === given.toLowerCase()) return match
  return given === given.toUpperCase() ? match.toUpperCase() : match
}
