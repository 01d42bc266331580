import type { Readable } from 'node:stream'
import { httpFaults } from './faults.ts'

/** For bodies that are kept in memory. Archives and images are streamed and have no such limit. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024
/** Against clients that send one byte an hour. */
const BODY_DEADLINE_MS = 60_000

/** The whole body, at most `MAX_BODY_BYTES`. What is over the limit is not read. */
export async function readBody(body: Readable, length: number | undefined): Promise<Buffer> {
  if (length === 0) return Buffer.alloc(0)
  if (length !== undefined && length > MAX_BODY_BYTES) throw httpFaults.BODY_TOO_LARGE(MAX_BODY_BYTES)
  const chunks: Buffer[] = []
  let size = 0
  const deadline = setTimeout(() => body.destroy(httpFaults.BODY_TOO_SLOW()), BODY_DEADLINE_MS)
  try {
    for await (const chunk of body) {
      size += chunk.length
      if (size > MAX_BODY_BYTES) throw httpFaults.BODY_TOO_LARGE(MAX_BODY_BYTES)
      chunks.push(chunk)
    }
  } catch (failure) {
    throw (failure as { code?: string }).code === 'ECONNRESET' ? httpFaults.BODY_CUT({ cause: failure }) : failure
  } finally {
    clearTimeout(deadline)
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
}
