import { SESSION } from '../../../wire/buildkit/session.ts'
import { receiveDirectory } from '../../../wire/directory/receive-directory.ts'
import type { Metadata } from '../../../wire/grpc/metadata.ts'
import { type ServerMethod, type ServerMethods, streaming } from '../../../wire/grpc/server.ts'
import { GrpcError } from '../../../wire/grpc/status.ts'
import type { Session } from '../../session.ts'
import { WholeFile } from '../../whole-file.ts'
import { DirectoryWriter } from './directory-writer.ts'

/** Where an export goes: files into a directory, an archive into a file or to standard output. */
export type Destination = { kind: 'directory' | 'file'; path: string } | { kind: 'stdout' }

/** Which of several exports a call is about. Builders that know only one say nothing. */
const EXPORTER_ID = 'buildkit-attachable-exporter-id'

/** Takes in what a build gives back. `destinations`: by the place of the export among those that were asked for. */
export function exportService(destinations: ReadonlyMap<string, Destination>, session: Session): ServerMethods {
  const destinationOf = (metadata: Metadata): Destination => {
    const id = metadata[EXPORTER_ID]?.[0]
    const only = destinations.size === 1 ? [...destinations.values()][0] : undefined
    const found = id === undefined ? only : destinations.get(id)
    if (!found) throw new GrpcError('NOT_FOUND', 'no destination for this export')
    return found
  }
  // One method, two kinds of messages: which it is follows from the destination.
  const serve: ServerMethod['serve'] = async (stream, metadata) => {
    const destination = destinationOf(metadata)
    const method = destination.kind === 'directory' ? files(destination.path) : archive(destination, session)
    await method.serve(stream, metadata)
  }
  return { [SESSION.exportFiles.path]: { serve } }
}

const files = (path: string): ServerMethod =>
  streaming(SESSION.exportFiles.request, SESSION.exportFiles.response, async ({ requests, send }) => {
    await receiveDirectory({ incoming: requests, send }, new DirectoryWriter(path))
    await send({ type: 3 })
  })

const archive = (destination: Exclude<Destination, { kind: 'directory' }>, session: Session): ServerMethod =>
  streaming(SESSION.exportStream.request, SESSION.exportStream.response, async ({ requests }) => {
    using file = destination.kind === 'file' ? new WholeFile(destination.path, 'failed to write the output') : undefined
    for await (const { data } of requests) {
      if (file) file.write(data)
      else {
        session.stdout.write(data)
        await session.stdout.flush()
      }
    }
    file?.finish()
  })
