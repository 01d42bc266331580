/** Error codes of HTTP/2. Source: RFC 9113, section 7. */
export const ERROR_CODES = {
  NO_ERROR: 0,
  PROTOCOL_ERROR: 1,
  INTERNAL_ERROR: 2,
  FLOW_CONTROL_ERROR: 3,
  SETTINGS_TIMEOUT: 4,
  STREAM_CLOSED: 5,
  FRAME_SIZE_ERROR: 6,
  REFUSED_STREAM: 7,
  CANCEL: 8,
  COMPRESSION_ERROR: 9,
  CONNECT_ERROR: 10,
  ENHANCE_YOUR_CALM: 11,
} as const
export type ErrorName = keyof typeof ERROR_CODES

/** What the other side did wrong, or that it gave up: ends one stream, or the whole connection. */
export class Http2Error extends Error {
  override readonly name = 'Http2Error'
  readonly code: ErrorName

  constructor(code: ErrorName, message: string) {
    super(message)
    this.code = code
  }
}

export const errorName = (code: number): ErrorName =>
  (Object.keys(ERROR_CODES) as ErrorName[]).find(name => ERROR_CODES[name] === code) ?? 'INTERNAL_ERROR'
