import { type TarEntry, tarEntry } from '../../formats/tar/entry.ts'
import { tarMembers } from '../../formats/tar/members.ts'
import { encodeHeader, paddingAfter, TAR_END } from '../../formats/tar/writer.ts'
import { isZip, zipMembers } from '../../formats/zip/zip.ts'
import { type ContextMeta, metaOf, type TlsFiles } from '../config/context-store.ts'
import { CommandFailure, messageOf } from '../failures.ts'

/** Docker's bound on what it reads. */
const MOST_BYTES = 10 * 1024 * 1024
const EPOCH = { seconds: 0, nanoseconds: 0 }

export type Exported = { meta: Omit<ContextMeta, 'Name'> & { Name?: string }; tls: TlsFiles }

/** A context as docker exports it: `meta.json`, and `tls/<endpoint>/<file>`. */
export function* packContext({ meta, tls }: Exported): Generator<Uint8Array> {
  yield* file('meta.json', new TextEncoder().encode(JSON.stringify(meta)), 0o644)
  yield* directory('tls')
  for (const [endpoint, files] of Object.entries(tls)) {
    yield* directory(`tls/${endpoint}`)
    for (const [name, content] of Object.entries(files)) yield* file(`tls/${endpoint}/${name}`, content, 0o600)
  }
  yield TAR_END
}

function* file(name: string, content: Uint8Array, mode: number): Generator<Uint8Array> {
  yield encodeHeader(tarEntry({ name, type: 'file', mode, size: content.length, modified: EPOCH }))
  yield content
  yield paddingAfter(content.length)
}

function* directory(name: string): Generator<Uint8Array> {
  yield encodeHeader(tarEntry({ name, type: 'directory', mode: 0o700, modified: EPOCH }))
}

/** Reads a tar or a zip whole, and lets in only the names that a context has: nothing is stored before all of it was read. */
export async function unpackContext(source: AsyncIterable<Uint8Array>): Promise<Exported> {
  const bytes = await readBounded(source)
  const unpacked: { meta?: ContextMeta; tls: TlsFiles } = { tls: {} }
  for await (const { name, content } of isZip(bytes) ? zipMembers(bytes, MOST_BYTES) : filesOfTar(bytes)) {
    if (name === 'meta.json') unpacked.meta = readMeta(content)
    else keepPem(unpacked.tls, name, content)
  }
  if (!unpacked.meta) throw new CommandFailure('invalid context: no metadata found')
  return { meta: unpacked.meta, tls: unpacked.tls }
}

async function* filesOfTar(bytes: Uint8Array): AsyncGenerator<{ name: string; content: Uint8Array }> {
  for await (const { entry, body } of tarMembers(completed(bytes))) {
    if (entry.type === 'directory') continue
    if (entry.type !== 'file') throw unexpected(entry)
    const parts: Uint8Array[] = []
    for await (const part of body) parts.push(part)
    yield { name: entry.name, content: Buffer.concat(parts) }
  }
}

/** docker ends its archives with the last byte of the last file: what fills the block and marks the end is added. */
async function* completed(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
  yield paddingAfter(bytes.length)
  yield TAR_END
}

/** A name is `tls/<endpoint>/<file>`, and no part of it leads anywhere. */
function keepPem(tls: TlsFiles, name: string, content: Uint8Array): void {
  const match = /^tls\/([\w-][\w.-]*)\/([\w-][\w.-]*)$/.exec(name)
  if (!match) throw unexpected({ name })
  const [, endpoint = '', pem = ''] = match
  tls[endpoint] = { ...tls[endpoint], [pem]: content }
}

const unexpected = ({ name }: Pick<TarEntry, 'name'>): CommandFailure =>
  new CommandFailure(`${name}: unexpected context file`)

function readMeta(content: Uint8Array): ContextMeta {
  try {
    return metaOf(new TextDecoder().decode(content))
  } catch (failure) {
    throw new CommandFailure(`invalid context: meta.json: ${messageOf(failure)}`, 1, failure)
  }
}

async function readBounded(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of source) {
    size += part.length
    if (size > MOST_BYTES) throw new CommandFailure('read exceeds the defined limit')
    parts.push(part)
  }
  return Buffer.concat(parts)
}
