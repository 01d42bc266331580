import { formatPlatform } from '../../../formats/platform/platform.ts'
import { tarEntry } from '../../../formats/tar/entry.ts'
import { tarMembers } from '../../../formats/tar/members.ts'
import { encodeHeader, paddingAfter, TAR_END } from '../../../formats/tar/writer.ts'
import type { BuildExport, PlatformResult } from '../contract.ts'
import type { ExportNeeds, ExportTools } from './needs.ts'
import { readFlag } from './options.ts'

/** The files of the result themselves: into a directory of the client, or as one tar. */
export async function exportFiles(
  { trees, layers }: ExportNeeds,
  wanted: BuildExport,
  results: readonly PlatformResult[],
  { telling, client }: ExportTools,
): Promise<Record<string, string>> {
  const isSplit = readFlag(wanted.attributes, 'platform-split') ?? results.length > 1
  const name = wanted.type === 'local' ? 'copying files' : 'sending tarball'
  let bytes = 0
  const read = ({ diffIds }: PlatformResult) => trees.exportTar({ lower: layers.lower(diffIds) })
  const counted = async function* () {
    const whole = isSplit ? splitTar(results, read) : await read(results[0]!)
    for await (const chunk of whole) {
      bytes += chunk.length
      telling.status(name, name, bytes, 0)
      yield chunk
    }
  }
  await client.receive(wanted.id, wanted.type === 'local' ? 'files' : 'tar', counted())
  telling.status(name, name, bytes, 0, true)
  return {}
}

/** Each platform in a directory of its own: `linux_amd64`, in the order of names. */
async function* splitTar(
  results: readonly PlatformResult[],
  read: (result: PlatformResult) => Promise<AsyncIterable<Uint8Array>>,
): AsyncGenerator<Uint8Array, void> {
  const named = results.map(result => ({ result, directory: formatPlatform(result.platform).replaceAll('/', '_') }))
  for (const { result, directory } of named.sort((a, b) => (a.directory < b.directory ? -1 : 1))) {
    yield encodeHeader(tarEntry({ name: directory, type: 'directory' }))
    for await (const { entry, body } of tarMembers(await read(result))) {
      const linkName = entry.type === 'link' ? `${directory}/${entry.linkName}` : entry.linkName
      yield encodeHeader({ ...entry, linkName, name: `${directory}/${entry.name}` })
      yield* body
      yield paddingAfter(entry.size)
    }
  }
  yield TAR_END
}
