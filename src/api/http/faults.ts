import { defineFaults } from '../../base/faults.ts'

/** What can be wrong with a request before any noun has looked at it. Docker's texts where Docker has one. */
export const httpFaults = defineFaults('HTTP', {
  NO_PAGE: { kind: 'not-found', message: () => 'page not found' },
  TOO_NEW: {
    kind: 'invalid',
    message: (version: string, newest: string) =>
      `client version ${version} is too new. Maximum supported API version is ${newest}`,
  },
  TOO_OLD: {
    kind: 'invalid',
    message: (version: string, oldest: string) =>
      `client version ${version} is too old. Minimum supported API version is ${oldest}, please upgrade your client to a newer version`,
  },
  BAD_ESCAPE: { kind: 'invalid', message: (part: string) => `invalid URL escape in path: ${JSON.stringify(part)}` },
  MEDIA_TYPE_MALFORMED: {
    kind: 'invalid',
    message: (type: string) => `malformed Content-Type header (${type}): mime: no media type`,
  },
  MEDIA_TYPE: {
    kind: 'invalid',
    message: (type: string) => `unsupported Content-Type header (${type}): must be 'application/json'`,
  },
  BODY_TOO_LARGE: { kind: 'invalid', message: (bytes: number) => `request body is larger than ${bytes} bytes` },
  BODY_TOO_SLOW: { kind: 'invalid', message: () => 'request body did not arrive in time' },
  BODY_CUT: { kind: 'cancelled', message: () => 'the client went away before its request was complete' },
  EMPTY_JSON: { kind: 'invalid', message: () => 'invalid JSON: got EOF while reading request body' },
  BAD_JSON: { kind: 'invalid', message: (why: string) => `invalid JSON: ${why}` },
  TRAILING_JSON: { kind: 'invalid', message: () => 'unexpected content after JSON' },
  BAD_FIELD: { kind: 'invalid', message: (field: string, why: string) => `invalid JSON: ${field}: ${why}` },
  BAD_INTEGER: {
    kind: 'invalid',
    message: (name: string, value: string) => `invalid value for '${name}': ${JSON.stringify(value)} is not an integer`,
  },
  BAD_FILTERS: { kind: 'invalid', message: () => 'invalid filter' },
  UNKNOWN_FILTER: { kind: 'invalid', message: (key: string) => `invalid filter '${key}'` },
  FOREIGN_PAGE: {
    kind: 'forbidden',
    message: () => 'requests of web pages are refused on this socket',
    hint: 'the API has no login of its own; a browser must not reach it',
  },
  UPGRADE_BODY: { kind: 'invalid', message: () => 'the body of an upgraded request needs a Content-Length' },
  NO_WEBSOCKET: { kind: 'invalid', message: () => 'the client does not speak WebSocket (RFC 6455, version 13)' },
})
