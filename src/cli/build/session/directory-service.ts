import { SESSION } from '../../../wire/buildkit/session.ts'
import { sendDirectory } from '../../../wire/directory/send-directory.ts'
import { decodedMetadata } from '../../../wire/grpc/metadata.ts'
import { type ServerMethods, streaming } from '../../../wire/grpc/server.ts'
import { GrpcError } from '../../../wire/grpc/status.ts'
import { walkDirectory } from './walk-directory.ts'

/** Sends directories to the builder: those that are named here, and nothing else of the machine. */
export const directoryService = (directories: ReadonlyMap<string, string>): ServerMethods => ({
  [SESSION.directory.path]: streaming(SESSION.directory.request, SESSION.directory.response, async call => {
    const metadata = decodedMetadata(call.metadata)
    const name = metadata['dir-name']?.[0] ?? ''
    const root = directories.get(name)
    if (root === undefined) throw new GrpcError('NOT_FOUND', `no access allowed to dir ${JSON.stringify(name)}`)
    const filter = {
      include: metadata['include-patterns'],
      exclude: metadata['exclude-patterns'],
      follow: metadata['followpaths'],
    }
    await sendDirectory({ incoming: call.requests, send: call.send }, walkDirectory(root, filter))
  }),
})
