import { Http2Error } from './faults.ts'

/** Frames as they stand on the wire. Source: RFC 9113, sections 4 and 6. */
export const FRAME_TYPES = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const

export const FLAGS = { END_STREAM: 0x1, ACK: 0x1, END_HEADERS: 0x4, PADDED: 0x8, PRIORITY: 0x20 } as const

export const SETTINGS = {
  HEADER_TABLE_SIZE: 1,
  ENABLE_PUSH: 2,
  MAX_CONCURRENT_STREAMS: 3,
  INITIAL_WINDOW_SIZE: 4,
  MAX_FRAME_SIZE: 5,
  MAX_HEADER_LIST_SIZE: 6,
} as const

export const FRAME_HEADER_BYTES = 9
/** What everyone takes, and the most that is taken here. */
export const MAX_FRAME_BYTES = 16_384
export const DEFAULT_WINDOW_BYTES = 65_535
export const MAX_WINDOW_BYTES = 0x7fffffff
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')

export type Frame = { type: number; flags: number; stream: number; payload: Buffer }

export function frameBytes(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payload.length)
  bytes.writeUIntBE(payload.length, 0, 3)
  bytes[3] = type
  bytes[4] = flags
  bytes.writeUInt32BE(stream, 5)
  bytes.set(payload, FRAME_HEADER_BYTES)
  return bytes
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32BE(value)
  return bytes
}

export function settingsPayload(settings: Partial<Record<keyof typeof SETTINGS, number>>): Buffer {
  const entries = Object.entries(settings) as [keyof typeof SETTINGS, number][]
  const bytes = Buffer.allocUnsafe(entries.length * 6)
  entries.forEach(([name, value], place) => {
    bytes.writeUInt16BE(SETTINGS[name], place * 6)
    bytes.writeUInt32BE(value, place * 6 + 2)
  })
  return bytes
}

export function* settingsOf(payload: Buffer): Generator<[name: number, value: number]> {
  if (payload.length % 6 !== 0) throw new Http2Error('FRAME_SIZE_ERROR', 'settings of a wrong length')
  for (let at = 0; at < payload.length; at += 6) yield [payload.readUInt16BE(at), payload.readUInt32BE(at + 2)]
}
