import { createHash } from 'node:crypto'
import { createReadStream, rmSync, statSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { blobFaults } from './faults.ts'

const CHUNK_BYTES = 1024 * 1024

/** Where a whole file goes once it is one. */
type Keeper = { adopt(file: string, digest: string): void }

/**
 * A download that may be broken off and gone on with later, also by a later daemon:
 *
 *     const partial = blobs.partial(digest)
 *     await layers.ingest(partial.through(offset => registry.blob(digest, { from: offset })), { digest }, { keepBlob: false })
 *     await partial.finish({ verified: true })
 *
 * What is here is not trusted: it is hashed with the rest, and wrong bytes are dropped by `discard`.
 */
export class Partial {
  readonly #path: string
  readonly #digest: string
  readonly #keeper: Keeper

  constructor(path: string, digest: string, keeper: Keeper) {
    this.#path = path
    this.#digest = digest
    this.#keeper = keeper
  }

  /** How many bytes are here. */
  get size(): number {
    return statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0
  }

  get path(): string {
    return this.#path
  }

  /** Adds bytes at the end. */
  async append(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
    for await (const _ of this.#appending(chunks));
  }

  /** All bytes of the content: those that are here, then those of `rest(offset)`, which are kept on their way. */
  async *through(rest: (offset: number) => AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const { size } = this
    if (size > 0)
      yield* createReadStream(this.#path, { end: size - 1, highWaterMark: CHUNK_BYTES }) as AsyncIterable<Uint8Array>
    yield* this.#appending(rest(size))
  }

  /** Makes it a blob. Unless someone has hashed all of it already, that is done here, and wrong content is dropped. */
  async finish(known: { verified: boolean } = { verified: false }): Promise<void> {
    const file = await open(this.#path, 'a+', 0o600)
    try {
      if (!known.verified) await this.#verify()
      await file.sync()
    } finally {
      await file.close()
    }
    this.#keeper.adopt(this.#path, this.#digest)
  }

  discard(): void {
    rmSync(this.#path, { force: true })
  }

  async *#appending(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const file: FileHandle = await open(this.#path, 'a', 0o600)
    try {
      for await (const chunk of chunks) {
        await file.writeFile(chunk)
        yield chunk
      }
    } finally {
      await file.close()
    }
  }

  async #verify(): Promise<void> {
    const hash = createHash('sha256')
    for await (const chunk of createReadStream(this.#path, { highWaterMark: CHUNK_BYTES }))
      hash.update(chunk as Uint8Array)
    const found = `sha256:${hash.digest('hex')}`
    if (found === this.#digest) return
    this.discard()
    throw blobFaults.MISMATCH(this.#digest, found)
  }
}
