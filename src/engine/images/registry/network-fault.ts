import type { Fault } from '../../../base/faults.ts'
import { registryFaults } from './faults.ts'

type Request = { method?: string; signal: AbortSignal }

/** What fetch throws, in the words that Docker (Go's net/http) has for it. `stalledMs`: the request was given up for want of an answer. */
export function networkFault(failure: unknown, request: Request, url: string, stalledMs?: number): Fault {
  if (request.signal.aborted) return registryFaults.CANCELLED({ cause: failure })
  const method = titled(request.method ?? 'GET')
  const shown = withoutQuery(url)
  if (stalledMs !== undefined) return registryFaults.STALLED(shown, stalledMs, { cause: failure })
  const make = codeOf(failure) === 'ECONNRESET' ? registryFaults.RESET : registryFaults.UNREACHABLE
  return make(method, shown, wording(failure, new URL(url)), { cause: failure })
}

function wording(failure: unknown, url: URL): string {
  const code = codeOf(failure)
  const message = failure instanceof Error ? failure.message : ''
  const address = url.port ? url.host : `${url.host}:${url.protocol === 'https:' ? 443 : 80}`
  if (code === 'ECONNREFUSED') return `dial tcp ${address}: connect: connection refused`
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `dial tcp: lookup ${url.hostname}: no such host`
  if (code === 'EPROTO') return 'http: server gave HTTP response to HTTPS client'
  if (code === 'ECONNRESET') return 'EOF'
  if (/CERT|ALTNAME|SIGNED|ISSUER|UNABLE_TO/.test(code)) return `tls: failed to verify certificate: ${code} ${message}`
  return message || code || 'failed'
}

const codeOf = (failure: unknown): string => {
  const code = failure instanceof Error && 'code' in failure ? failure.code : ''
  return typeof code === 'string' ? code : ''
}

/** A query may hold a signature that opens the content. */
export const withoutQuery = (url: string): string => url.replace(/\?.*$/s, '')
const titled = (method: string): string => method[0] + method.slice(1).toLowerCase()
