import type { Flag, FlagTable } from './flag.ts'

const SLOP = 5
const LEAST_WIDTH = 24

/** The `Options:` block of a help page as pflag lays it out for a terminal of `columns`; names in order, hidden ones left out. */
export function flagUsages(table: FlagTable, columns: number): string {
  const rows = Object.entries(table)
    .filter(([, flag]) => !flag.hidden && !flag.deprecated)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, flag]) => ({ left: leftSide(name, flag), right: rightSide(flag) }))
  const widest = Math.max(0, ...rows.map(row => row.left.length))
  const indent = widest + 3
  return rows.map(({ left, right }) => `${left.padEnd(widest)}   ${wrap(indent, columns, right)}`.trimEnd()).join('\n')
}

function leftSide(name: string, flag: Flag<unknown>): string {
  const start = flag.short ? `  -${flag.short}, --${name}` : `      --${name}`
  return flag.type.label ? `${start} ${flag.type.label}` : start
}

const rightSide = (flag: Flag<unknown>): string =>
  flag.shownDefault === undefined ? flag.usage : `${flag.usage} (default ${flag.shownDefault})`

/** pflag's wrap: breaks at blanks, lets the last line run over a little rather than leave an orphan. */
function wrap(indent: number, width: number, text: string): string {
  const margin = `\n${' '.repeat(indent)}`
  if (width - indent < LEAST_WIDTH) return text.replaceAll('\n', margin)
  const lines: string[] = []
  for (let rest = text; rest !== ''; ) {
    const [line, after] = takeLine(width - indent - SLOP, rest)
    lines.push(line.replaceAll('\n', margin))
    rest = after
  }
  return lines.join(margin)
}

function takeLine(width: number, text: string): [string, string] {
  if (width + SLOP > text.length) return [text, '']
  const head = text.slice(0, width)
  const blank = Math.max(head.lastIndexOf(' '), head.lastIndexOf('\t'), head.lastIndexOf('\n'))
  if (blank <= 0) return [text, '']
  const newline = head.lastIndexOf('\n')
  const at = newline > 0 && newline < blank ? newline : blank
  return [text.slice(0, at), text.slice(at + 1)]
}
