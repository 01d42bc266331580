import { method } from '../grpc/client.ts'
import { Status } from '../grpc/trailers.ts'
import { flag, integer, many, map, maybe, one, text } from '../protobuf/fields.ts'
import { message } from '../protobuf/message.ts'
import { Exporter } from './control.ts'
import type { ValueOfKind } from './operations.ts'
import { timestamp } from './timestamp.ts'

/** Builds that were. Source: moby/buildkit, api/services/control/control.proto. */
export const HISTORY_EVENT = { STARTED: 0, COMPLETE: 1, DELETED: 2 } as const

const HistoryRequest = message({
  activeOnly: one(1, flag),
  ref: one(2, text),
  earlyExit: one(3, flag),
  filter: many(4, text),
  limit: one(5, integer),
})
export const HistoryRecord = message({
  ref: one(1, text),
  frontend: one(2, text),
  frontendAttributes: map(3, text),
  exporters: many(4, Exporter),
  error: maybe(5, Status),
  createdAt: timestamp(6),
  completedAt: timestamp(7),
  exporterResponse: map(9, text),
  generation: one(12, integer),
  pinned: one(14, flag),
  cachedSteps: one(15, integer),
  totalSteps: one(16, integer),
  completedSteps: one(17, integer),
})
const HistoryEvent = message({ type: one(1, integer), record: maybe(2, HistoryRecord) })
const UpdateRequest = message({ ref: one(1, text), pinned: one(2, flag), delete: one(3, flag), finalize: one(4, flag) })

const at = (name: string) => `/moby.buildkit.v1.Control/${name}`
export const HISTORY = {
  listen: method(at('ListenBuildHistory'), HistoryRequest, HistoryEvent),
  update: method(at('UpdateBuildHistory'), UpdateRequest, message({})),
} as const

export type HistoryRecordMessage = ValueOfKind<typeof HistoryRecord>
export type HistoryRequestMessage = ValueOfKind<typeof HistoryRequest>
