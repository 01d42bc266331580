import { SESSION } from '../../../wire/buildkit/session.ts'
import { type ServerMethods, unary } from '../../../wire/grpc/server.ts'
import { GrpcError } from '../../../wire/grpc/status.ts'
import type { Secrets } from '../secrets.ts'

export const secretService = (secrets: Secrets): ServerMethods => ({
  [SESSION.secret.path]: unary(SESSION.secret.request, SESSION.secret.response, async ({ id }) => {
    const read = secrets.get(id)
    if (!read) throw new GrpcError('NOT_FOUND', `secret ${id}: not found`)
    return { data: await read() }
  }),
})
