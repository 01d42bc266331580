import { SESSION } from '../../../wire/buildkit/session.ts'
import { type ServerMethods, unary } from '../../../wire/grpc/server.ts'

const SERVING = 1

/** BuildKit asks its clients now and then whether they are still there. */
export const healthService: ServerMethods = {
  [SESSION.health.path]: unary(SESSION.health.request, SESSION.health.response, () => ({ status: SERVING })),
}
