import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { paddingOf, type TarEntry, tarEntry } from '../../formats/tar/entry.ts'
import { encodeHeader, TAR_END } from '../../formats/tar/writer.ts'

/** One member for a test archive: a file unless a type is given. */
export type Member = Partial<TarEntry> & { name: string; content?: string | Uint8Array }

/** An archive of these members, made by our own writer; names may be as hostile as wanted. */
export function archiveOf(...members: Member[]): Buffer {
  return Buffer.concat([...members.map(encodeMember), TAR_END])
}

export function encodeMember({ content = '', ...given }: Member): Buffer {
  const bytes = Buffer.from(content as string)
  const entry = tarEntry({ type: 'file', size: bytes.length, ...given })
  return Buffer.concat([encodeHeader(entry), bytes, Buffer.alloc(paddingOf(bytes.length))])
}

/** The bytes in chunks of this size, as a source. */
export async function* chunked(bytes: Uint8Array, size = 65536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

export const sha256 = (bytes: Uint8Array | string): `sha256:${string}` =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** A directory that is removed at the end of the test. */
export async function temporary(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'berth-store-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

export async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of source) parts.push(part)
  return Buffer.concat(parts)
}
