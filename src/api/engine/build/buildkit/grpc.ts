import { logger } from '../../../../base/log.ts'
import { type ServerMethods, serveGrpc } from '../../../../wire/grpc/server.ts'
import type { Operation } from '../../../http/operation.ts'
import { upgradeToHttp2 } from './upgrade.ts'

const log = logger('build')

/** BuildKit's services. swagger.yaml has no word of this door; BuildKit's clients use it. */
export const grpcDoor = (methods: ServerMethods): Operation => ({
  id: 'BuildkitGrpc',
  method: 'POST',
  path: '/grpc',
  handle: request => {
    const serve = serveGrpc(methods, (path, error) => log.error('a call failed', { path, error }))
    return upgradeToHttp2(request, { role: 'server', serve }, connection => connection.closed)
  },
})
