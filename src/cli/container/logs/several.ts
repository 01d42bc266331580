import type { Query } from '../../../client/client.ts'
import type { Session } from '../../session.ts'
import { type LineForm, linePrefixes, printLine } from './line-printer.ts'
import { type LogTarget, logLines } from './log-streams.ts'
import { mergeLines } from './merge-lines.ts'

export type SeveralForm = LineForm & { hasColour: boolean; follow: boolean }

/** The lines of all targets by time, each with the name of its container before it if there are several. */
export async function printLogs(
  session: Session,
  targets: readonly LogTarget[],
  query: Query,
  form: SeveralForm,
): Promise<void> {
  const client = await session.client()
  const names = targets.map(({ name }) => name)
  const prefixes = targets.length > 1 ? linePrefixes(names, form.hasColour) : ['']
  const sources = targets.map((target, place) => logLines(client, target, query, place))
  for await (const lines of mergeLines(sources, !form.follow)) {
    for (const line of lines) printLine(session, line, prefixes[line.source]!, form)
    await session.flush()
  }
}
