import { STATUS_CODES } from 'node:http'
import type { Fault } from '../../../base/faults.ts'
import { registryFaults } from './faults.ts'
import { withoutQuery } from './network-fault.ts'
import { withWait } from './retry.ts'
import { readBounded } from './transport.ts'

const MAX_ERROR_BODY = 64 * 1024
const MAX_MESSAGE = 1024
const BODY_STALL_MS = 5000

/** The registry's error as a fault; reads and so ends the body. Source: distribution-spec, Error Codes; texts as Go's errcode prints them. */
export async function answerFault(response: Response, url: string): Promise<Fault> {
  const text = await readBounded(response, MAX_ERROR_BODY, 'error', BODY_STALL_MS).then(String, () => '')
  const { code, message } = firstError(text) ?? byStatus(response, url)
  const words = code ? `${code.toLowerCase().replaceAll('_', ' ')}: ${message}` : message
  return withWait(ofStatus(response.status, code, message)(words), response.headers.get('retry-after'))
}

const ofStatus = (status: number, code: string, message: string): ((words: string) => Fault) => {
  if (status === 429 || code === 'TOOMANYREQUESTS') return () => registryFaults.TOO_MANY_REQUESTS(message)
  if (status === 404 || code === 'MANIFEST_UNKNOWN' || code === 'NAME_UNKNOWN')
    return what => registryFaults.NOT_FOUND(what)
  if (status === 401 || status === 403 || code === 'DENIED') return what => registryFaults.DENIED(what)
  if (status >= 500) return what => registryFaults.BUSY(what)
  return what => registryFaults.STATUS(what)
}

/** `{"errors":[{code,message}]}` of registries, `{"details":…}` and `{"message":…}` of token servers. */
function firstError(text: string): { code: string; message: string } | undefined {
  try {
    const body = JSON.parse(text)
    const error = Array.isArray(body?.errors) ? body.errors[0] : undefined
    if (typeof error?.code === 'string') return { code: clean(error.code), message: clean(error.message) }
    if (typeof body?.details === 'string') return { code: 'UNAUTHORIZED', message: clean(body.details) }
  } catch {}
  return undefined
}

/** Bounded and without control characters: it ends up on terminals and in logs. */
const clean = (value: unknown): string =>
  typeof value === 'string' ? value.slice(0, MAX_MESSAGE).replace(/[\x00-\x1f\x7f]/g, ' ') : ''

function byStatus(response: Response, url: string): { code: string; message: string } {
  const reason = `${response.status} ${STATUS_CODES[response.status] ?? ''}`.trim()
  if (response.status === 401) return { code: 'UNAUTHORIZED', message: 'authentication required' }
  if (response.status === 403) return { code: 'DENIED', message: 'requested access to the resource is denied' }
  if (response.status === 429) return { code: '', message: 'Rate exceeded' }
  return { code: '', message: `received unexpected HTTP status: ${reason} (${withoutQuery(url)})` }
}
