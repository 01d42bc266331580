import { paddingOf, type TarEntry } from '../../formats/tar/entry.ts'
import type { TarSink } from '../../formats/tar/parser.ts'
import { encodeHeader, TAR_END } from '../../formats/tar/writer.ts'
import { writeAll } from '../../host/syscalls/tree.ts'

const BUFFER_BYTES = 1024 * 1024

/** Takes bytes `start` to `end` of the chunk, which is only good until it returns. */
export type TakeBytes = (chunk: Uint8Array, start: number, end: number) => void

export const toDescriptor =
  (fd: number): TakeBytes =>
  (chunk, start, end) =>
    writeAll(fd, chunk, start, end)

/** Writes members as a tar, in big writes. Times are whole seconds, as Docker has them. */
export class TarOutput implements TarSink {
  readonly #take: TakeBytes
  readonly #buffer = new Uint8Array(BUFFER_BYTES)
  #filled = 0
  #padding = 0

  constructor(take: TakeBytes) {
    this.#take = take
  }

  entry(entry: TarEntry): void {
    const header = encodeHeader({ ...entry, modified: { seconds: entry.modified.seconds, nanoseconds: 0 } })
    this.#put(header, 0, header.length)
    this.#padding = paddingOf(entry.size)
  }

  data(chunk: Uint8Array, start: number, end: number): void {
    this.#put(chunk, start, end)
  }

  done(): void {
    this.#put(TAR_END, 0, this.#padding)
    this.#padding = 0
  }

  finish(): void {
    this.#put(TAR_END, 0, TAR_END.length)
    this.#flush()
  }

  #put(bytes: Uint8Array, start: number, end: number): void {
    if (end - start > BUFFER_BYTES - this.#filled) this.#flush()
    if (end - start >= BUFFER_BYTES / 2) {
      this.#flush()
      this.#take(bytes, start, end)
    } else {
      this.#buffer.set(bytes.subarray(start, end), this.#filled)
      this.#filled += end - start
    }
  }

  #flush(): void {
    if (this.#filled > 0) this.#take(this.#buffer, 0, this.#filled)
    this.#filled = 0
  }
}
