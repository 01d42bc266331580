const LEAST_WIDTH = 10
const PADDING = 3

type Spacing = { leastWidth: number; padding: number }

/** Aligns columns that are separated by tabs, as Go's tabwriter does for docker: at least ten wide, three blanks between. */
export function alignColumns(text: string, leastWidth = LEAST_WIDTH, padding = PADDING): string {
  const lines = text.split('\n').map(line => line.split('\t'))
  const widths = lines.map(cells => cells.map(cell => displayWidth(cell)))
  const depth = Math.max(0, ...lines.map(cells => cells.length - 1))
  for (let column = 0; column < depth; column++) alignColumn(lines, widths, column, { leastWidth, padding })
  return lines.map(cells => cells.join('')).join('\n')
}

/** A column reaches over neighbouring lines that have it. */
function alignColumn(lines: string[][], widths: number[][], column: number, { leastWidth, padding }: Spacing): void {
  for (let from = 0; from < lines.length; ) {
    let to = from
    let widest = 0
    while (to < lines.length && lines[to]!.length - 1 > column) widest = Math.max(widest, widths[to++]![column]!)
    const width = Math.max(leastWidth, widest + padding)
    for (let line = from; line < to; line++) lines[line]![column] += ' '.repeat(width - widths[line]![column]!)
    from = Math.max(to, from + 1)
  }
}

const isPlain = (text: string): boolean => /^[\x20-\x7e]*$/.test(text)
const displayWidth = (text: string): number => (isPlain(text) ? text.length : Bun.stringWidth(text))

/** Shortens to `width` columns, the last of them an ellipsis. */
export function ellipsis(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  let kept = ''
  let used = 0
  for (const character of text) {
    used += displayWidth(character)
    if (used > width - 1) break
    kept += character
  }
  return `${kept}…`
}
