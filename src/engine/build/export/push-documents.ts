import type { Digest } from '../../../formats/digest/digest.ts'
import type { RepositoryClient } from '../../images/registry/repository-client.ts'
import { hasBlob, putManifest, uploadBlob } from '../../images/registry/upload.ts'
import type { ImageDocument } from './image-documents.ts'
import type { LayoutBlob } from './layout.ts'

/** What belongs together in a repository. What is there already is not sent again. */
export type Outgoing = { content: readonly LayoutBlob[]; below: readonly ImageDocument[]; top: ImageDocument }

/** Everything below comes before what names it: a tag never points at something that is not whole. */
export async function pushDocuments(
  client: RepositoryClient,
  name: string,
  { content, below, top }: Outgoing,
  signal: AbortSignal,
): Promise<void> {
  const unique = new Map(content.map(blob => [blob.digest, blob]))
  for (const [digest, { size, read }] of unique) {
    if (await hasBlob(client, digest as Digest, signal)) continue
    await uploadBlob(client, { digest: digest as Digest, size, read: start => from(read(), start) }, signal)
  }
  for (const manifest of below) await putManifest(client, manifest.digest, manifest, signal)
  await putManifest(client, name, top, signal)
}

async function* from(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  start: number,
): AsyncGenerator<Uint8Array, void> {
  let skip = start
  for await (const chunk of chunks) {
    if (skip < chunk.length) yield chunk.subarray(skip)
    skip = Math.max(0, skip - chunk.length)
  }
}
