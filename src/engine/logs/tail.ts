import type { LogFile } from './log-file.ts'

const NEWLINE = 10
const CHUNK_BYTES = 64 * 1024

export type TailStart = { file: number; position: number }

/** Where the last `entries` whole lines over all files begin (`files` oldest first), found from the end backwards. */
export async function findTail(files: LogFile[], entries: number): Promise<TailStart> {
  let missing = entries
  for (let file = files.length - 1; file >= 0; file--) {
    const found = await backwards(files[file]!, missing)
    if (found.position !== undefined) return { file, position: found.position }
    missing -= found.lines
  }
  return { file: 0, position: 0 }
}

/** The position after the newline before the last `entries` lines; without one, how many lines there are. */
async function backwards(file: LogFile, entries: number): Promise<{ position?: number; lines: number }> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  let lines = 0
  for (let end = await file.size(); end > 0; ) {
    const start = Math.max(0, end - CHUNK_BYTES)
    const length = await file.read(chunk.subarray(0, end - start), 0, start)
    for (
      let at = chunk.lastIndexOf(NEWLINE, length - 1);
      at >= 0;
      at = at > 0 ? chunk.lastIndexOf(NEWLINE, at - 1) : -1
    ) {
      if (at >= length) continue
      if (lines === entries) return { position: start + at + 1, lines }
      lines++
    }
    end = start
  }
  return { lines }
}
