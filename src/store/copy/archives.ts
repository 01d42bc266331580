import { constants } from 'node:fs'
import { byteText } from '../../base/byte-text.ts'
import { BLOCK } from '../../formats/tar/entry.ts'
import { parseHeader } from '../../formats/tar/header.ts'
import { TarParser } from '../../formats/tar/parser.ts'
import { close, openInRoot, readInto } from '../../host/syscalls/tree.ts'
import { decompressed } from '../archives/decompress.ts'
import { Extractor } from '../unpack/extractor.ts'

const READ_BYTES = 1024 * 1024
const UNLIMITED = { bytes: Number.MAX_SAFE_INTEGER, entries: Number.MAX_SAFE_INTEGER }

/** Whether the file begins like a tar, compressed or not; its name says nothing. */
export async function isArchive(root: number, path: string): Promise<boolean> {
  try {
    const start = await firstBlock(decompressed(chunksOf(root, path)))
    if (start.length < BLOCK) return false
    parseHeader(start, 0)
    return start.some(byte => byte !== 0)
  } catch {
    return false
  }
}

/** Unpacks it into an open directory, as Docker does: what is in the way gives way, and owners and permissions are the archive's. Hostile names end in a fault. */
export async function unpackArchive(root: number, path: string, into: number): Promise<void> {
  const extractor = new Extractor(into, { as: 'copy', limits: UNLIMITED })
  const parser = new TarParser(extractor)
  for await (const chunk of decompressed(chunksOf(root, path))) parser.push(chunk)
  parser.end()
  extractor.finish()
}

async function firstBlock(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  let start: Uint8Array = new Uint8Array()
  for await (const chunk of chunks) {
    start = Buffer.concat([start, chunk])
    if (start.length >= BLOCK) break
  }
  return start.subarray(0, BLOCK)
}

/** The content of a file. */
async function* chunksOf(root: number, path: string): AsyncGenerator<Uint8Array> {
  const fd = openInRoot(root, byteText(path), constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    for (;;) {
      const buffer = new Uint8Array(READ_BYTES)
      const length = readInto(fd, buffer)
      if (length === 0) return
      yield buffer.subarray(0, length)
    }
  } finally {
    close(fd)
  }
}
