import { parseHeader } from '../../formats/tar/header.ts'

const BLOCK_BYTES = 512
const COMPRESSED = ['1f8b', '425a68', 'fd377a585a00', '28b52ffd']

/** What comes in: an archive, which goes on as it is, or a short text. As docker tells them: by the first bytes. */
export async function archiveOrText(
  input: AsyncIterable<Uint8Array>,
): Promise<{ archive: AsyncIterable<Uint8Array> } | { text: string }> {
  const chunks = input[Symbol.asyncIterator]()
  let start = Buffer.alloc(0)
  while (start.length < BLOCK_BYTES) {
    const { done, value } = await chunks.next()
    if (done) break
    start = Buffer.concat([start, value])
  }
  if (isArchive(start)) return { archive: rest(start, chunks) }
  const parts: Uint8Array[] = []
  for await (const part of rest(start, chunks)) parts.push(part)
  return { text: Buffer.concat(parts).toString() }
}

async function* rest(start: Uint8Array, chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  yield start
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
}

function isArchive(start: Buffer): boolean {
  const hex = start.subarray(0, 6).toString('hex')
  if (COMPRESSED.some(magic => hex.startsWith(magic))) return true
  if (start.length < BLOCK_BYTES) return false
  try {
    parseHeader(start, 0)
    return true
  } catch {
    return false
  }
}
