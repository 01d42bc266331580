import type { Transform } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { Fault } from '../../base/faults.ts'
import { hasCode } from '../../host/syscalls/call.ts'
import { unpackFaults } from './faults.ts'
import type { Compression } from './input.ts'
import { ZstdFrames } from './zstd-frames.ts'

/** Takes compressed bytes and hands plain ones to `take`, which may throw: the next `write` or `end` then rejects with that. */
export type Decompressor = {
  write(bytes: Uint8Array): Promise<void>
  /** Resolves when everything has been taken. */
  end(): Promise<void>
}

const OUTPUT_BYTES = 1024 * 1024

export function decompressorOf(compression: Compression, take: (bytes: Uint8Array) => void): Decompressor {
  const options = { chunkSize: OUTPUT_BYTES }
  if (compression === 'gzip') return new StreamDecompressor(compression, createGunzip(options), take)
  if (compression === 'zstd') return new StreamDecompressor(compression, createZstdDecompress(options), take)
  throw unpackFaults.FOREIGN(compression)
}

/**
 * A zlib stream whose output is taken a turn later than it arrives, so that its thread already works on the next part
 * while this one is unpacked.
 */
class StreamDecompressor implements Decompressor {
  readonly #compression: Compression
  readonly #stream: Transform
  readonly #take: (bytes: Uint8Array) => void
  readonly #waiting: Uint8Array[] = []
  readonly #finished: Promise<void>
  #fail: (failure: unknown) => void = () => {}
  #failure: unknown
  #previous: Promise<void> = Promise.resolve()
  readonly #frames = new ZstdFrames()

  constructor(compression: Compression, stream: Transform, take: (bytes: Uint8Array) => void) {
    this.#compression = compression
    this.#stream = stream
    this.#take = take
    this.#finished = new Promise((resolve, reject) => {
      this.#fail = reject
      stream.on('error', failure => this.#stop(this.#damage(failure)))
      stream.on('end', () => setImmediate(() => resolve(this.#drain())))
    })
    this.#finished.catch(() => {})
    stream.on('data', (bytes: Uint8Array) => {
      this.#waiting.push(bytes)
      if (this.#waiting.length === 1) setImmediate(() => this.#drain())
    })
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#previous
    if (this.#failure !== undefined) throw this.#failure
    if (this.#compression === 'zstd') this.#frames.push(bytes)
    const accepted = new Promise<void>(resolve => this.#stream.write(bytes, () => resolve()))
    this.#previous = Promise.race([accepted, this.#finished])
    this.#previous.catch(() => {})
  }

  async end(): Promise<void> {
    await this.#previous
    this.#stream.end()
    await this.#finished
    if (!this.#frames.isWhole) throw unpackFaults.COMPRESSION(this.#compression)
    if (this.#failure !== undefined) throw this.#failure
  }

  #drain(): void {
    for (let bytes = this.#waiting.shift(); bytes !== undefined; bytes = this.#waiting.shift()) this.#takeOne(bytes)
  }

  #takeOne(bytes: Uint8Array): void {
    if (this.#failure !== undefined) return
    try {
      this.#take(bytes)
    } catch (failure) {
      this.#stop(failure)
    }
  }

  #stop(failure: unknown): void {
    this.#failure ??= failure
    this.#fail(failure)
    this.#stream.destroy()
  }

  #damage(failure: unknown): unknown {
    if (failure instanceof Fault || hasCode(failure, 'ENOMEM')) return failure
    return unpackFaults.COMPRESSION(this.#compression, { cause: failure })
  }
}
