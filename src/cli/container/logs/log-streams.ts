import type { Client, Query } from '../../../client/client.ts'
import {
  containerLogs,
  type Filters,
  filtersQuery,
  inspectContainer,
  listContainers,
} from '../../../client/containers.ts'
import { Demultiplexer } from '../../../formats/multiplexed-stream/demultiplexer.ts'
import { STDOUT, SYSTEM_ERROR } from '../../../formats/multiplexed-stream/multiplexed-stream.ts'
import { CommandFailure } from '../../failures.ts'
import { type LogLine, LogLines } from './log-lines.ts'

export type LogTarget = { id: string; name: string; hasTerminal: boolean }
export type SourcedLine = LogLine & { source: number }

/** The containers that are named and those that the filter finds, each once, in this order. */
export async function logTargets(client: Client, names: readonly string[], filters: Filters): Promise<LogTarget[]> {
  const found =
    Object.keys(filters).length === 0 ? [] : await listContainers(client, { all: 1, filters: filtersQuery(filters) })
  const inspected = await Promise.all([...names, ...found.map(({ Id }) => Id)].map(id => inspectContainer(client, id)))
  const byId = new Map(
    inspected.map(({ Id, Name, Config }) => [Id, { id: Id, name: Name.slice(1), hasTerminal: Config.Tty ?? false }]),
  )
  if (byId.size === 0) throw new CommandFailure('no container matches the filter')
  return [...byId.values()]
}

/** The lines of one container. */
export async function* logLines(
  client: Client,
  { id, hasTerminal }: LogTarget,
  query: Query,
  source: number,
): AsyncGenerator<SourcedLine[]> {
  const response = await containerLogs(client, id, { ...query, timestamps: 1 })
  const lines = new LogLines()
  let news: LogLine[] = []
  const split = new Demultiplexer((kind, piece) => {
    if (kind === SYSTEM_ERROR) throw new CommandFailure(`error from daemon in stream: ${Buffer.from(piece)}`)
    news.push(...lines.push(kind, piece))
  })
  const sourced = (all: LogLine[]): SourcedLine[] => all.map(line => ({ ...line, source }))
  for await (const bytes of response.body) {
    if (hasTerminal) news.push(...lines.push(STDOUT, bytes))
    else split.push(bytes)
    if (news.length > 0) yield sourced(news)
    news = []
  }
  yield sourced(lines.rest())
}
