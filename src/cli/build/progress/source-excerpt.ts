import { excerpt } from '../../../formats/dockerfile/excerpt.ts'
import type { StatusDetail } from '../../../wire/grpc/status.ts'

const SOURCE_TYPE = 'errdefs.Source'

type Source = { name: string; lines: string[]; first: number; last: number }

/** The lines of the Dockerfile around the place where a build failed, if the builder told it. As buildx shows them. */
export function sourceExcerpt(details: readonly StatusDetail[]): string[] {
  const source = details.filter(({ typeUrl }) => typeUrl.includes(SOURCE_TYPE)).flatMap(one => parse(one) ?? [])[0]
  return source ? excerpt(source.name, source.lines, source.first, source.last) : []
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
