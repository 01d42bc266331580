import { method } from '../grpc/client.ts'
import { Status } from '../grpc/trailers.ts'
import { bytes, flag, integer, many, map, maybe, one, text } from '../protobuf/fields.ts'
import { message } from '../protobuf/message.ts'
import { CacheEntry, WorkerRecord } from './control.ts'
import { Definition, Range, SourceInfo, type ValueOfKind } from './operations.ts'

/** The bridge by which a client drives a build step by step. Source: moby/buildkit, frontend/gateway/pb/gateway.proto. */
const Ref = message({ id: one(1, text), definition: maybe(2, Definition) })
const RefMap = message({ refs: map(1, Ref) })
const Result = message({ ref: maybe(3, Ref), refs: maybe(4, RefMap), metadata: map(10, bytes) })
const Capability = message({
  id: one(1, text),
  enabled: one(2, flag),
  deprecated: one(3, flag),
  disabledReason: one(5, text),
})

const PingRequest = message({})
export const PongResponse = message({
  frontendCapabilities: many(1, Capability),
  operationCapabilities: many(2, Capability),
  workers: many(3, WorkerRecord),
})
export const GatewaySolveRequest = message({
  definition: maybe(1, Definition),
  frontend: one(2, text),
  options: map(3, text),
  allowResultReturn: one(5, flag),
  allowResultArray: one(6, flag),
  cacheImports: many(12, CacheEntry),
  inputs: map(13, Definition),
  evaluate: one(14, flag),
})
const GatewaySolveResponse = message({ ref: one(1, text), result: maybe(3, Result) })
const ReturnRequest = message({ result: maybe(1, Result), error: maybe(2, Status) })
const Nothing = message({})
const EvaluateRequest = message({ ref: one(1, text) })
const InputsResponse = message({ definitions: map(1, Definition) })
const WarnRequest = message({
  digest: one(1, text),
  level: one(2, integer),
  short: one(3, bytes),
  detail: many(4, bytes),
  url: one(5, text),
  info: maybe(6, SourceInfo),
  ranges: many(7, Range),
})

const at = (name: string) => `/moby.buildkit.v1.frontend.LLBBridge/${name}`
export const GATEWAY = {
  ping: method(at('Ping'), PingRequest, PongResponse),
  solve: method(at('Solve'), GatewaySolveRequest, GatewaySolveResponse),
  return: method(at('Return'), ReturnRequest, Nothing),
  evaluate: method(at('Evaluate'), EvaluateRequest, Nothing),
  inputs: method(at('Inputs'), Nothing, InputsResponse),
  warn: method(at('Warn'), WarnRequest, Nothing),
} as const
/** Metadata of each call of the bridge: the ref of the build that it belongs to. */
export const BUILD_ID = 'buildkit-controlapi-buildid'

export type GatewaySolveMessage = ValueOfKind<typeof GatewaySolveRequest>
export type ResultMessage = ValueOfKind<typeof Result>
