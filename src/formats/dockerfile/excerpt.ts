const RULE = '-'.repeat(20)

/** Lines of a file around a place in it, from line `first` to line `last`, as BuildKit's clients show them. */
export function excerpt(name: string, lines: readonly string[], first: number, last: number): string[] {
  const { from, to } = withLinesAround(lines.length, first, last)
  const shown = lines.slice(from - 1, to).map((line, at) => {
    const number = from + at
    return ` ${String(number).padStart(3)} | ${number >= first && number <= last ? '>>>' : '   '} ${line}`
  })
  return [`${name}:${first}`, RULE, ...shown, RULE]
}

/** Four lines more around a single one, two around several. */
function withLinesAround(count: number, first: number, last: number): { from: number; to: number } {
  const most = first === last ? 4 : 2
  let [from, to] = [first, last]
  for (let more = 0; more < most; more++) {
    if (from > 1) {
      from--
      more++
    }
    if (to < count) {
      to++
      more++
    }
  }
  return { from, to }
}
