import type { StatusDetail } from '../../../wire/grpc/status.ts'

const SOURCE_TYPE = 'errdefs.Source'
const RULE = '-'.repeat(20)

type Source = { name: string; lines: string[]; first: number; last: number }

/** The lines of the Dockerfile around the place where a build failed, if the builder told it. As buildx shows them. */
export function sourceExcerpt(details: readonly StatusDetail[]): string[] {
  const source = details.filter(({ typeUrl }) => typeUrl.includes(SOURCE_TYPE)).flatMap(one => parse(one) ?? [])[0]
  if (!source) return []
  const { from, to } = withLinesAround(source)
  const shown = source.lines.slice(from - 1, to).map((line, at) => {
    const number = from + at
    const mark = number >= source.first && number <= source.last ? '>>>' : '   '
    return ` ${String(number).padStart(3)} | ${mark} ${line}`
  })
  return [`${source.name}:${source.first}`, RULE, ...shown, RULE]
}

function parse({ value }: StatusDetail): Source | undefined {
  try {
    const { info, ranges } = JSON.parse(Buffer.from(value).toString()) as {
      info: { filename: string; data: string }
      ranges: { start: { line: number }; end: { line: number } }[]
    }
    const lines = Buffer.from(info.data, 'base64').toString().split('\n')
    const first = Math.min(...ranges.map(({ start }) => start.line))
    const last = Math.min(lines.length, Math.max(...ranges.map(({ start, end }) => Math.max(start.line, end.line))))
    return first >= 1 && first <= lines.length ? { name: info.filename, lines, first, last } : undefined
  } catch {
    return undefined
  }
}

/** Four lines more around a single one, two around several. */
function withLinesAround({ lines, first, last }: Source): { from: number; to: number } {
  const most = first === last ? 4 : 2
  let [from, to] = [first, last]
  for (let more = 0; more < most; more++) {
    if (from > 1) {
      from--
      more++
    }
    if (to < lines.length) {
      to++
      more++
    }
  }
  return { from, to }
}
