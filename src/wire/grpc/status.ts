/** Codes of gRPC. Source: grpc.io, status codes. */
export const STATUS_CODES = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const
export type StatusName = keyof typeof STATUS_CODES

/** More of an error than its text, by type URL. */
export type StatusDetail = { typeUrl: string; value: Uint8Array }

/** A call that did not end with OK. */
export class GrpcError extends Error {
  override readonly name = 'GrpcError'
  readonly status: StatusName
  readonly details: readonly StatusDetail[]

  constructor(status: StatusName, message: string, details: readonly StatusDetail[] = []) {
    super(message)
    this.status = status
    this.details = details
  }
}

export const statusName = (code: number): StatusName =>
  (Object.keys(STATUS_CODES) as StatusName[]).find(name => STATUS_CODES[name] === code) ?? 'UNKNOWN'
