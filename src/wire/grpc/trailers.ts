import type { Header } from '../http2/hpack/decoder.ts'
import { bytes, integer, many, one, text } from '../protobuf/fields.ts'
import { message } from '../protobuf/message.ts'
import { GrpcError, STATUS_CODES, statusName } from './status.ts'

const Any = message({ typeUrl: one(1, text), value: one(2, bytes) })
/** google.rpc.Status, which carries the details. */
export const Status = message({ code: one(1, integer), message: one(2, text), details: many(3, Any) })

export const OK_TRAILERS: readonly Header[] = [['grpc-status', '0']]

export function trailersOf(failure: GrpcError): Header[] {
  const code = STATUS_CODES[failure.status]
  const trailers: Header[] = [
    ['grpc-status', String(code)],
    ['grpc-message', percentEncoded(failure.message)],
  ]
  if (failure.details.length > 0) {
    const status = Status.encode({ code, message: failure.message, details: [...failure.details] })
    trailers.push(['grpc-status-details-bin', status.toString('base64').replace(/=+$/, '')])
  }
  return trailers
}

/** The failure that trailers tell of; undefined if the call went well. */
export function failureOf(trailers: readonly Header[]): GrpcError | undefined {
  const headers = new Map(trailers)
  const code = Number(headers.get('grpc-status') ?? STATUS_CODES.UNKNOWN)
  if (code === STATUS_CODES.OK) return undefined
  const details = headers.get('grpc-status-details-bin')
  const status = details === undefined ? undefined : Status.decode(Buffer.from(details, 'base64'))
  const told = percentDecoded(headers.get('grpc-message') ?? '')
  return new GrpcError(statusName(code), told || status?.message || 'the call ended without a status', status?.details)
}

/** Source: gRPC over HTTP/2, Percent-Encoded. */
const percentEncoded = (value: string): string =>
  [...Buffer.from(value.length > MESSAGE_LENGTH ? `${value.slice(0, MESSAGE_LENGTH)}…` : value, 'utf8')]
    .map(byte =>
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('')
/** Clients refuse a header list that is too large. */
const MESSAGE_LENGTH = 4000

const percentDecoded = (value: string): string =>
  Buffer.from(
    value.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8')
