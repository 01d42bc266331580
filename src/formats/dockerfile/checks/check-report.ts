import { excerpt } from '../excerpt.ts'
import type { CheckWarning } from './check-dockerfile.ts'

type Source = { name: string; text: string }

/** Warnings as BuildKit writes them for people. */
export function checkReportText(warnings: readonly CheckWarning[], { name, text }: Source): string {
  const lines = text.split('\n')
  return warnings
    .map(({ rule, url, detail, spans }) => {
      const { start, end } = spans[0]!
      const place = excerpt(name, lines, start.line, Math.max(start.line, end.line))
      return `\nWARNING: ${rule}${url ? ` - ${url}` : ''}\n${detail}\n\n${place.join('\n')}\n`
    })
    .join('')
}

/** The document of BuildKit's subrequest `frontend.lint`. */
export const checkReportJson = (warnings: readonly CheckWarning[], { name, text }: Source): string =>
  JSON.stringify(
    {
      warnings: warnings.map(({ rule, description, url, detail, spans }) => ({
        ruleName: rule,
        description,
        ...(url && { url }),
        detail,
        location: {
          ranges: spans.map(({ start, end }) => ({
            start: { line: start.line, character: start.column - 1 },
            end: { line: end.line, character: end.column - 1 },
          })),
        },
      })),
      sources: [{ filename: name, data: Buffer.from(text).toString('base64'), language: 'Dockerfile' }],
    },
    null,
    2,
  )
