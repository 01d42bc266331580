import { method } from '../grpc/client.ts'
import { bytes, flag, integer, long, many, map, maybe, one, text } from '../protobuf/fields.ts'
import { message } from '../protobuf/message.ts'
import { Definition, Platform, ProgressGroup, Range, SourceInfo, type ValueOfKind } from './operations.ts'
import { timestamp } from './timestamp.ts'

/** Source: moby/buildkit, api/services/control/control.proto and api/types/worker.proto. */
export const Exporter = message({ type: one(1, text), attributes: map(2, text) })
export const CacheEntry = message({ type: one(1, text), attributes: map(2, text) })
const CacheOptions = message({
  exportReference: one(1, text),
  importReferences: many(2, text),
  exportAttributes: map(3, text),
  exports: many(4, CacheEntry),
  imports: many(5, CacheEntry),
})

export const SolveRequest = message({
  ref: one(1, text),
  definition: maybe(2, Definition),
  /** Of clients that know of one exporter only. */
  exporter: one(3, text),
  exporterAttributes: map(4, text),
  session: one(5, text),
  frontend: one(6, text),
  frontendAttributes: map(7, text),
  cache: maybe(8, CacheOptions),
  entitlements: many(9, text),
  frontendInputs: map(10, Definition),
  internal: one(11, flag),
  sourcePolicy: maybe(12, bytes),
  exporters: many(13, Exporter),
})
export const SolveResponse = message({ exporterResponse: map(1, text) })

export const StatusRequest = message({ ref: one(1, text) })
export const Vertex = message({
  digest: one(1, text),
  inputs: many(2, text),
  name: one(3, text),
  cached: one(4, flag),
  started: timestamp(5),
  completed: timestamp(6),
  error: one(7, text),
  progressGroup: maybe(8, ProgressGroup),
})
export const VertexStatus = message({
  id: one(1, text),
  vertex: one(2, text),
  name: one(3, text),
  current: one(4, integer),
  total: one(5, integer),
  timestamp: timestamp(6),
  started: timestamp(7),
  completed: timestamp(8),
})
export const VertexLog = message({
  vertex: one(1, text),
  timestamp: timestamp(2),
  stream: one(3, integer),
  bytes: one(4, bytes),
})
export const VertexWarning = message({
  vertex: one(1, text),
  level: one(2, integer),
  short: one(3, bytes),
  detail: many(4, bytes),
  url: one(5, text),
  info: maybe(6, SourceInfo),
  ranges: many(7, Range),
})
export const StatusResponse = message({
  vertexes: many(1, Vertex),
  statuses: many(2, VertexStatus),
  logs: many(3, VertexLog),
  warnings: many(4, VertexWarning),
})

const BuildkitVersion = message({ package: one(1, text), version: one(2, text), revision: one(3, text) })
const CollectionPolicy = message({
  all: one(1, flag),
  keepDuration: one(2, long),
  reservedSpace: one(3, integer),
  filters: many(4, text),
  maxUsedSpace: one(5, integer),
  minFreeSpace: one(6, integer),
})
export const WorkerRecord = message({
  id: one(1, text),
  labels: map(2, text),
  platforms: many(3, Platform),
  collection: many(4, CollectionPolicy),
  version: maybe(5, BuildkitVersion),
})
const ListWorkersRequest = message({ filter: many(1, text) })
const ListWorkersResponse = message({ records: many(1, WorkerRecord) })
const InfoRequest = message({})
const InfoResponse = message({ version: maybe(1, BuildkitVersion) })

export const UsageRecord = message({
  id: one(1, text),
  mutable: one(2, flag),
  inUse: one(3, flag),
  size: one(4, integer),
  createdAt: timestamp(6),
  lastUsedAt: timestamp(7),
  usageCount: one(8, integer),
  description: one(9, text),
  recordType: one(10, text),
  shared: one(11, flag),
  parents: many(12, text),
})
const DiskUsageRequest = message({ filter: many(1, text), ageLimit: one(2, long) })
const DiskUsageResponse = message({ records: many(1, UsageRecord) })
/** Clients before BuildKit 0.17 call the space to keep `keepBytes`; it has the same number. */
export const PruneRequest = message({
  filter: many(1, text),
  all: one(2, flag),
  keepDuration: one(3, long),
  reservedSpace: one(4, integer),
  maxUsedSpace: one(5, integer),
  minFreeSpace: one(6, integer),
})

const at = (name: string) => `/moby.buildkit.v1.Control/${name}`
export const CONTROL = {
  solve: method(at('Solve'), SolveRequest, SolveResponse),
  status: method(at('Status'), StatusRequest, StatusResponse),
  listWorkers: method(at('ListWorkers'), ListWorkersRequest, ListWorkersResponse),
  info: method(at('Info'), InfoRequest, InfoResponse),
  diskUsage: method(at('DiskUsage'), DiskUsageRequest, DiskUsageResponse),
  prune: method(at('Prune'), PruneRequest, UsageRecord),
} as const

export type SolveRequestMessage = ValueOfKind<typeof SolveRequest>
export type UsageRecordMessage = ValueOfKind<typeof UsageRecord>
export type StatusMessage = ValueOfKind<typeof StatusResponse>
