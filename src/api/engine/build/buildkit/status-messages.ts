import type { Vertex, VertexLog, VertexStatus, VertexWarning } from '../../../../engine/build/contract.ts'
import {
  VertexLog as LogMessage,
  type StatusMessage,
  Vertex as VertexMessage,
  VertexStatus as VertexStatusMessage,
  VertexWarning as WarningMessage,
} from '../../../../wire/buildkit/control.ts'
import { Position, ProgressGroup, Range, SourceInfo } from '../../../../wire/buildkit/operations.ts'
import { timestampOf } from '../../../../wire/buildkit/timestamp.ts'
import type { ProgressBatch } from './progress-feed.ts'

/** A batch as BuildKit's clients read it. Output comes in messages of its own: one has an upper size. */
export function* statusMessages({
  vertices,
  statuses,
  logs,
  warnings,
}: ProgressBatch): Generator<Partial<StatusMessage>> {
  if (vertices.length + statuses.length + warnings.length > 0) {
    yield {
      vertexes: vertices.map(vertexMessage),
      statuses: statuses.map(statusMessage),
      warnings: warnings.map(warningMessage),
    }
  }
  for (let at = 0; at < logs.length; at += LOGS) yield { logs: logs.slice(at, at + LOGS).map(logMessage) }
}
const LOGS = 50

const at = (nanoseconds: bigint | undefined) => (nanoseconds === undefined ? undefined : timestampOf(nanoseconds))

const vertexMessage = ({ digest, inputs, name, cached, started, completed, error, group }: Vertex) =>
  VertexMessage.of({
    digest,
    inputs,
    name,
    cached: cached ?? false,
    started: at(started),
    completed: at(completed),
    error: error ?? '',
    progressGroup: group === undefined ? undefined : ProgressGroup.of({ id: group, name: group }),
  })

const statusMessage = ({ id, vertex, name, current, total, timestamp, started, completed }: VertexStatus) =>
  VertexStatusMessage.of({
    // Clients show what a status is called, not what it says.
    id: id === 'explain' ? name : id,
    vertex,
    name,
    current,
    total,
    timestamp: at(timestamp),
    started: at(started),
    completed: at(completed),
  })

const logMessage = ({ vertex, stream, bytes, timestamp }: VertexLog) =>
  LogMessage.of({ vertex, stream, bytes, timestamp: at(timestamp) })

const warningMessage = ({ vertex, level, short, detail, url, source, ranges }: VertexWarning) =>
  WarningMessage.of({
    vertex,
    level,
    short: Buffer.from(short),
    detail: detail.map(line => Buffer.from(line)),
    url,
    info: source && SourceInfo.of({ filename: source.name, data: Buffer.from(source.text), language: 'Dockerfile' }),
    ranges: ranges.map(({ start, end }) => Range.of({ start: position(start), end: position(end) })),
  })

const position = ({ line, column }: { line: number; column: number }) =>
  Position.of({ line, character: Math.max(0, column - 1) })
