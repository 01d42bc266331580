import type { LogFile } from './log-file.ts'

const NEWLINE = 10
const CHUNK_BYTES = 64 * 1024

export type TailStart = { file: number; position: number }

/** Where the last `entries` whole lines over all files begin (`files` oldest first), found from the end backwards. */
export async function findTail(files: LogFile[], entries: number): Promise<TailStart> {
  let missing = entries
  for (let file = files.length - 1; file >= 0; file--) {
    const found = files[file]!.isPacked ? await forwards(files[file]!, missing) : await backwards(files[file]!, missing)
    if (found.position !== undefined) return { file, position: found.position }
    missing -= found.lines
  }
  return { file: 0, position: 0 }
}

type Found = { position?: number; lines: number }

/** The position after the newline before the last `entries` lines; without one, how many lines there are. */
async function backwards(file: LogFile, entries: number): Promise<Found> {
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

/** The same of a file that can be read in one direction only: counted first, then passed over. */
async function forwards(file: LogFile, entries: number): Promise<Found> {
  const { lines } = await passLines(file, Number.POSITIVE_INFINITY)
  return lines > entries ? await passLines(file, lines - entries) : { lines }
}

/** The position after `count` lines, or how many there are. */
async function passLines(file: LogFile, count: number): Promise<Found> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  let lines = 0
  for (let start = 0; ; ) {
    const length = await file.read(chunk, 0, start)
    if (length === 0) return { lines }
    for (let at = chunk.indexOf(NEWLINE); at >= 0 && at < length; at = chunk.indexOf(NEWLINE, at + 1)) {
      if (++lines === count) return { position: start + at + 1, lines }
    }
    start += length
  }
}
