import type { IncomingHttpHeaders } from 'node:http'
import { SESSION_HEADERS } from '../../../../wire/buildkit/session.ts'
import type { Operation } from '../../../http/operation.ts'
import { buildkitFaults } from './faults.ts'
import type { Session, Sessions } from './sessions.ts'
import { upgradeToHttp2 } from './upgrade.ts'

const MAX_TEXT = 512

/** The client is the server of this connection: it offers what the builder may ask it for. */
export const sessionDoor = (sessions: Sessions): Operation => ({
  id: 'Session',
  method: 'POST',
  path: '/session',
  handle: request => {
    const described = describeSession(request.headers)
    sessions.check(described.id)
    return upgradeToHttp2(request, { role: 'client' }, async connection => {
      try {
        await sessions.serve({ ...described, connection })
      } finally {
        connection.close()
      }
    })
  },
})

function describeSession(headers: IncomingHttpHeaders): Omit<Session, 'connection'> {
  const text = (name: string): string => {
    const value = String(headers[name.toLowerCase()] ?? '')
    if (value.length > MAX_TEXT) throw buildkitFaults.SESSION_ID(`${name} is too long`)
    return value
  }
  const id = text(SESSION_HEADERS.id)
  if (id === '') throw buildkitFaults.SESSION_ID('it has no id')
  const methods = String(headers[SESSION_HEADERS.method.toLowerCase()] ?? '')
  return {
    id,
    name: text(SESSION_HEADERS.name),
    sharedKey: text(SESSION_HEADERS.sharedKey),
    methods: new Set(methods.split(',').map(method => method.trim().toLowerCase())),
  }
}
