import type { EventType } from '../../formats/engine-api/common.ts'

export type Attributes = Record<string, string>
/** One thing that happened. `timeNano` is exact, so it is a bigint until it is printed (print.ts). */
export type EngineEvent = {
  Type: EventType
  Action: string
  Actor: { ID: string; Attributes: Attributes }
  scope: 'local' | 'swarm'
  /** Unix seconds. */
  time: number
  /** Unix nanoseconds. */
  timeNano: bigint
}
export type { EventType }
