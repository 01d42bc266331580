import { integer, maybe, one } from '../protobuf/fields.ts'
import { message } from '../protobuf/message.ts'

/** google.protobuf.Timestamp. */
const Parts = message({ seconds: one(1, integer), nanos: one(2, integer) })

export const timestamp = (number: number) => maybe(number, Parts)
export type Timestamp = { seconds: number; nanos: number }

export const timestampOf = (nanoseconds: bigint): Timestamp => ({
  seconds: Number(nanoseconds / 1_000_000_000n),
  nanos: Number(nanoseconds % 1_000_000_000n),
})
/** In milliseconds, for what is shown to people. */
export const millisecondsOf = ({ seconds, nanos }: Timestamp): number => seconds * 1000 + nanos / 1e6
