import { bytes, flag, integer, type Kind, many, map, maybe, one, text } from '../protobuf/fields.ts'
import { message } from '../protobuf/message.ts'

/**
 * The part of LLB, BuildKit's language of build steps, that passes between a client and a builder whose frontends live in
 * the builder. Source: moby/buildkit, solver/pb/ops.proto.
 */
export const Platform = message({
  architecture: one(1, text),
  os: one(2, text),
  variant: one(3, text),
  osVersion: one(4, text),
})
export const SourceOperation = message({ identifier: one(1, text), attributes: map(2, text) })
export const Operation = message({
  inputs: many(1, message({ digest: one(1, text), index: one(2, integer) })),
  source: maybe(3, SourceOperation),
  platform: maybe(10, Platform),
})
export const OperationMetadata = message({ description: map(2, text), capabilities: map(5, flag) })
export const Definition = message({ operations: many(1, bytes), metadata: map(2, OperationMetadata) })

export const Position = message({ line: one(1, integer), character: one(2, integer) })
export const Range = message({ start: maybe(1, Position), end: maybe(2, Position) })
export const SourceInfo = message({ filename: one(1, text), data: one(2, bytes), language: one(4, text) })
export const ProgressGroup = message({ id: one(1, text), name: one(2, text), weak: one(3, flag) })

export type ValueOfKind<K> = K extends Kind<infer T> ? T : never
export type DefinitionMessage = ValueOfKind<typeof Definition>
