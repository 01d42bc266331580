import { posix } from 'node:path'
import { type Digest, digestOf } from '../../../formats/digest/digest.ts'
import type { TarMember } from '../../../formats/tar/members.ts'
import { tarMembers } from '../../../formats/tar/members.ts'
import { plainText } from '../../../host/syscalls/bytes.ts'
import type { LayerIngested } from '../../layers/layers.ts'
import { cleanPath } from '../../unpack/names.ts'
import { imageArchiveFaults } from './faults.ts'
import { kindOfContent } from './kind-of-content.ts'

/** A layer in the archive, before it has been read: what it claims to be by its name, and how many bytes it has. */
export type LayerMember = { body: AsyncIterable<Uint8Array>; digest?: Digest; size: number }

/** Takes one layer. It need not read the body if it knows the layer already. */
export type TakeLayer = (member: LayerMember) => Promise<LayerIngested>

/** Everything in an image archive that can be of use, by clean name. */
export type ArchiveContents = {
  documents: Map<string, Buffer>
  layers: Map<string, LayerIngested>
  links: Map<string, string>
}

/** [CVE-2017-14992, CVE-2023-25153] metadata is read into memory, so there is an end to it. */
const MOST_DOCUMENT_BYTES = 8 * 1024 * 1024
const MOST_DOCUMENTS_BYTES = 64 * 1024 * 1024
const MOST_MEMBERS = 10_000
const BLOB = /^blobs\/sha256\/([0-9a-f]{64})$/
const TOP_DOCUMENTS = new Set(['manifest.json', 'index.json', 'oci-layout', 'repositories'])

/**
 * Reads an image archive in one pass. Which members are layers only becomes known with manifest.json, which comes last, so
 * that is told from their first bytes: JSON is kept as a document, a tar or something compressed is handed on as a layer. No
 * name in the archive ever becomes a path.
 */
export async function readArchiveContents(
  source: AsyncIterable<Uint8Array>,
  takeLayer: TakeLayer,
): Promise<ArchiveContents> {
  const reading = new Reading(takeLayer)
  for await (const member of tarMembers(source)) await reading.take(member)
  return reading.contents
}

class Reading {
  readonly contents: ArchiveContents = { documents: new Map(), layers: new Map(), links: new Map() }
  readonly #takeLayer: TakeLayer
  readonly #seen = new Set<string>()
  #documentBytes = 0

  constructor(takeLayer: TakeLayer) {
    this.#takeLayer = takeLayer
  }

  async take({ entry, body }: TarMember): Promise<void> {
    const name = plainText(cleanPath(entry.name))
    if (entry.type === 'directory') return
    this.#note(name)
    if (entry.type === 'symlink' || entry.type === 'link') this.#takeLink(name, entry.type, plainText(entry.linkName))
    else if (entry.type !== 'file') throw imageArchiveFaults.MEMBER(name, entry.type)
    else await this.#takeFile(name, entry.size, body)
  }

  #note(name: string): void {
    if (this.#seen.has(name)) throw imageArchiveFaults.TWICE(name)
    if (this.#seen.size >= MOST_MEMBERS)
      throw imageArchiveFaults.DOCUMENT('archive', `more than ${MOST_MEMBERS} members`)
    this.#seen.add(name)
  }

  /** Old `docker save` links a layer that it has already written. Only a name is kept, and only looked up among the layers. */
  #takeLink(name: string, type: string, target: string): void {
    if (TOP_DOCUMENTS.has(name) || name.startsWith('blobs')) throw imageArchiveFaults.LINK(name)
    const from = type === 'symlink' && !target.startsWith('/') ? `${posix.dirname(name)}/${target}` : target
    this.contents.links.set(name, cleanPath(from))
  }

  async #takeFile(name: string, size: number, body: AsyncIterable<Uint8Array>): Promise<void> {
    const { start, whole } = await peek(body)
    const kind = TOP_DOCUMENTS.has(name) ? 'document' : kindOfContent(start)
    if (kind === 'document') await this.#takeDocument(name, size, whole)
    else if (kind === 'layer') await this.#takeLayerMember(name, size, whole)
  }

  async #takeDocument(name: string, size: number, body: AsyncIterable<Uint8Array>): Promise<void> {
    this.#documentBytes += size
    if (size > MOST_DOCUMENT_BYTES) throw imageArchiveFaults.TOO_LARGE(name, MOST_DOCUMENT_BYTES)
    if (this.#documentBytes > MOST_DOCUMENTS_BYTES)
      throw imageArchiveFaults.TOO_LARGE('the metadata', MOST_DOCUMENTS_BYTES)
    const parts: Uint8Array[] = []
    for await (const chunk of body) parts.push(chunk)
    const content = Buffer.concat(parts)
    const claimed = digestInName(name)
    if (claimed !== undefined && digestOf(content) !== claimed) throw imageArchiveFaults.DIGEST(name, digestOf(content))
    this.contents.documents.set(name, content)
  }

  async #takeLayerMember(name: string, size: number, body: AsyncIterable<Uint8Array>): Promise<void> {
    const digest = digestInName(name)
    this.contents.layers.set(name, await this.#takeLayer({ body, size, ...(digest && { digest }) }))
  }
}

function digestInName(name: string): Digest | undefined {
  const hex = BLOB.exec(name)?.[1]
  return hex === undefined ? undefined : `sha256:${hex}`
}

const PEEKED_BYTES = 512

type Peeked = { start: Uint8Array; whole: AsyncIterable<Uint8Array> }

/** The first bytes, and all of them from the start again. */
async function peek(body: AsyncIterable<Uint8Array>): Promise<Peeked> {
  const rest = body[Symbol.asyncIterator]()
  const parts: Uint8Array[] = []
  for (let length = 0; length < PEEKED_BYTES; ) {
    const { value, done } = await rest.next()
    if (done) break
    parts.push(value)
    length += value.length
  }
  return { start: parts.length === 1 ? parts[0]! : Buffer.concat(parts), whole: joined(parts, rest) }
}

async function* joined(parts: Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* parts
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
}
