/**
 * Docker's multiplexed stream: several outputs over one connection, each piece after a header of 8 bytes,
 * `[kind, 0, 0, 0, length as big-endian uint32]`. Source: Engine API, ContainerAttach, "Stream format".
 */
export const STDIN = 0
export const STDOUT = 1
export const STDERR = 2
/** An error of the engine itself, in words; stock clients turn it into an error of the command. */
export const SYSTEM_ERROR = 3
export type StreamKind = typeof STDIN | typeof STDOUT | typeof STDERR | typeof SYSTEM_ERROR
export const HEADER_BYTES = 8

export const MULTIPLEXED = 'application/vnd.docker.multiplexed-stream'
export const RAW = 'application/vnd.docker.raw-stream'

/** One frame: header and payload in one piece. */
export function frame(kind: StreamKind, payload: Uint8Array | string): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
  const framed = Buffer.allocUnsafe(HEADER_BYTES + bytes.length)
  writeHeader(framed, 0, kind, bytes.length)
  framed.set(bytes, HEADER_BYTES)
  return framed
}

export function writeHeader(into: Uint8Array, at: number, kind: StreamKind, length: number): void {
  into[at] = kind
  into[at + 1] = into[at + 2] = into[at + 3] = 0
  into[at + 4] = length >>> 24
  into[at + 5] = length >>> 16
  into[at + 6] = length >>> 8
  into[at + 7] = length
}
