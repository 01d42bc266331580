import { closeSync, openSync, readSync } from 'node:fs'

export type Compression = 'none' | 'gzip' | 'zstd' | 'xz' | 'bzip2'

/** By the first bytes, never by a name or a media type that came along. */
export function compressionOf(start: Uint8Array): Compression {
  const begins = (...bytes: number[]) => bytes.every((byte, at) => start[at] === byte)
  if (begins(0x1f, 0x8b)) return 'gzip'
  if (begins(0x28, 0xb5, 0x2f, 0xfd)) return 'zstd'
  // A zstd frame to be skipped, as tools put before or after data of their own.
  if (start[0]! >= 0x50 && start[0]! <= 0x5f && start[1] === 0x2a && start[2] === 0x4d && start[3] === 0x18)
    return 'zstd'
  if (begins(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)) return 'xz'
  return begins(0x42, 0x5a, 0x68) ? 'bzip2' : 'none'
}

/** Bytes from a file or, without one, from standard input, in blocking reads. */
export class Input {
  readonly #fd: number

  constructor(path?: string) {
    this.#fd = path === undefined ? 0 : openSync(path, 'r')
  }

  /** Fills the buffer as far as the input goes; fewer bytes than its length are the end. */
  fill(buffer: Uint8Array): number {
    let filled = 0
    while (filled < buffer.length) {
      const count = readSync(this.#fd, buffer, filled, buffer.length - filled, null)
      if (count === 0) break
      filled += count
    }
    return filled
  }

  close(): void {
    if (this.#fd !== 0) closeSync(this.#fd)
  }
}
