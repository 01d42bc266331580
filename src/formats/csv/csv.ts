/** One line of comma-separated values by encoding/csv's rules: a quoted value may hold commas, `""` is a quote. */
export function parseCsvLine(line: string): string[] {
  const fields: string[] = []
  let at = 0
  for (;;) {
    const field = line[at] === '"' ? quotedField(line, at) : plainField(line, at)
    fields.push(field.text)
    if (field.end >= line.length) return fields
    at = field.end + 1
  }
}

type Field = { text: string; end: number }

function plainField(line: string, at: number): Field {
  const comma = line.indexOf(',', at)
  const end = comma < 0 ? line.length : comma
  const text = line.slice(at, end)
  const quote = text.indexOf('"')
  if (quote >= 0) throw new Error(`parse error on line 1, column ${at + quote + 1}: bare " in non-quoted-field`)
  return { text, end }
}

function quotedField(line: string, at: number): Field {
  const match = /^"((?:[^"]|"")*)"/.exec(line.slice(at))
  if (!match)
    throw new Error(`parse error on line 1, column ${line.length + 1}: extraneous or missing " in quoted-field`)
  const end = at + match[0].length
  if (end < line.length && line[end] !== ',') {
    throw new Error(`parse error on line 1, column ${end}: extraneous or missing " in quoted-field`)
  }
  return { text: match[1]!.replaceAll('""', '"'), end }
}
