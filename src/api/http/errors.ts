import { asFault, type Fault, type FaultKind } from '../../base/faults.ts'
import { logger } from '../../base/log.ts'
import type { Answer } from './operation.ts'

const log = logger('api')

export const STATUS_OF: Record<FaultKind, number> = {
  'not-found': 404,
  invalid: 400,
  conflict: 409,
  'not-modified': 304,
  forbidden: 403,
  unauthorized: 401,
  unavailable: 503,
  'not-implemented': 501,
  exhausted: 500,
  cancelled: 499,
  internal: 500,
}
const STATUS_OF_CODE: Record<string, number> = { HTTP_BODY_TOO_LARGE: 413, HTTP_BODY_TOO_SLOW: 408 }

/** Faults of the machine that a person can do something about; the text of any other stays inside. */
const MACHINE: Record<string, string> = {
  ENOSPC: 'no space left on device',
  EDQUOT: 'disk quota exceeded',
  EROFS: 'read-only file system',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files in system',
  ENOMEM: 'cannot allocate memory',
}

/** What a client is told of a fault; our own bugs are logged with their insides and answered without them. */
export function answerOf(thrown: unknown, operation: string): Answer {
  const fault = asFault(thrown)
  const status = STATUS_OF_CODE[fault.code] ?? STATUS_OF[fault.kind]
  if (fault.kind === 'not-modified') return { kind: 'empty', status }
  if (fault.kind === 'internal') log.error('operation failed', { operation, code: fault.code, error: insides(fault) })
  return { kind: 'json', status, body: { message: messageFor(fault) } }
}

function messageFor(fault: Fault): string {
  if (fault.code !== 'INTERNAL') return fault.message
  const code = (fault.cause as { code?: unknown } | undefined)?.code
  return (typeof code === 'string' && MACHINE[code]) || 'internal error: see the log of the daemon'
}

function insides(fault: Fault): string {
  const cause = fault.cause instanceof Error ? fault.cause : fault
  return cause.stack ?? cause.message
}
