import { tarEntry } from '../../../formats/tar/entry.ts'
import { encodeFile, encodeHeader, paddingAfter, TAR_END } from '../../../formats/tar/writer.ts'

/** One blob of a layout. */
export type LayoutBlob = { digest: string; size: number; read: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array> }

const { name: _name, type: _type, size: _size, ...OWNED } = tarEntry({ name: '', type: 'file' })
const directory = (name: string) => encodeHeader(tarEntry({ name, type: 'directory' }))

/**
 * An OCI layout (and what else stands at its root) as a tar, in the order of names and without times: the same images give
 * the same bytes, and whoever wants files can write them down one by one. Source: image-spec, image-layout.md.
 */
export async function* layoutTar(
  blobs: readonly LayoutBlob[],
  roots: Readonly<Record<string, Uint8Array>>,
): AsyncGenerator<Uint8Array, void> {
  yield directory('blobs')
  yield directory('blobs/sha256')
  const unique = new Map(blobs.map(blob => [blob.digest, blob]))
  for (const digest of [...unique.keys()].sort()) yield* blobMember(unique.get(digest)!)
  for (const name of Object.keys(roots).sort()) yield encodeFile(name, roots[name]!, OWNED)
  yield TAR_END
}

async function* blobMember({ digest, size, read }: LayoutBlob): AsyncGenerator<Uint8Array, void> {
  yield encodeHeader(tarEntry({ name: `blobs/${digest.replace(':', '/')}`, type: 'file', size }))
  let left = size
  for await (const chunk of read()) {
    left -= chunk.length
    if (left < 0) break
    yield chunk
  }
  // A blob that has lost or gained bytes on the disk must not shift all that follows it.
  if (left !== 0) throw new Error(`the content of ${digest} is not ${size} bytes long`)
  yield paddingAfter(size)
}
