import { createWriteStream, type WriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Digest } from '../../../formats/digest/digest.ts'
import type { RecordedLog } from './build-record.ts'

/** Output of one build that is kept; what goes beyond is left out and said. */
const MOST_BYTES = 16 * 1024 * 1024

/** The output of the steps, one line of JSON for each piece. A file that was cut off by a kill is read as far as it goes. */
export class BuildLogWriter {
  readonly #file: WriteStream
  #bytes = 0

  constructor(path: string) {
    this.#file = createWriteStream(path, { mode: 0o600 })
    // A full disk costs the record, not the build.
    this.#file.on('error', () => {})
  }

  write(log: RecordedLog): void {
    if (this.#bytes > MOST_BYTES) return
    this.#bytes += log.bytes.length
    const bytes = this.#bytes > MOST_BYTES ? Buffer.from('[the rest of the output was not kept]\n') : log.bytes
    const { vertex, stream, timestamp } = log
    this.#file.write(`${JSON.stringify([vertex, stream, String(timestamp), Buffer.from(bytes).toString('base64')])}\n`)
  }

  end(): Promise<void> {
    return new Promise(resolve => this.#file.end(() => resolve()))
  }
}

export async function* readBuildLog(path: string): AsyncGenerator<RecordedLog, void> {
  const file = await open(path).catch(() => undefined)
  if (!file) return
  try {
    for await (const line of file.readLines()) {
      const log = parse(line)
      if (log) yield log
    }
  } finally {
    await file.close().catch(() => {})
  }
}

function parse(line: string): RecordedLog | undefined {
  try {
    const [vertex, stream, timestamp, bytes] = JSON.parse(line) as [Digest, 1 | 2, string, string]
    return { vertex, stream, timestamp: BigInt(timestamp), bytes: Buffer.from(bytes, 'base64') }
  } catch {
    return undefined
  }
}
