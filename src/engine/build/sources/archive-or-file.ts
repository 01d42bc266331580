import { BLOCK } from '../../../formats/tar/entry.ts'
import { parseHeader } from '../../../formats/tar/header.ts'
import { decompressed } from '../../../store/archives/decompress.ts'

/** Bytes of which is known whether they are a tar, compressed or not; `chunks` are those of the tar, or those that came. */
export type ArchiveOrFile = { isArchive: boolean; chunks: AsyncIterable<Uint8Array> }

const MOST_START = 256 * 1024

/** Tells by the beginning: the name and the type that a server gives say nothing. */
export async function archiveOrFile(source: AsyncIterable<Uint8Array>): Promise<ArchiveOrFile> {
  const iterator = source[Symbol.asyncIterator]()
  const start = await readStart(iterator)
  const isArchive = await beginsLikeTar(start)
  const whole = again(start, iterator)
  return { isArchive, chunks: isArchive ? decompressed(whole) : whole }
}

async function readStart(iterator: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for (let size = 0; size < MOST_START; ) {
    const { value, done } = await iterator.next()
    if (done) break
    parts.push(value)
    size += value.length
  }
  return Buffer.concat(parts)
}

async function beginsLikeTar(start: Uint8Array): Promise<boolean> {
  try {
    const block = await firstBlock(decompressed(once(start)))
    if (block.length < BLOCK) return false
    parseHeader(block, 0)
    return block.some(byte => byte !== 0)
  } catch {
    return false
  }
}

/** Whatever comes behind the first block is cut off, and is no failure. */
async function firstBlock(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  let block: Uint8Array = new Uint8Array()
  for await (const chunk of chunks) {
    block = Buffer.concat([block, chunk])
    if (block.length >= BLOCK) break
  }
  return block.subarray(0, BLOCK)
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function* again(start: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield start
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
}
