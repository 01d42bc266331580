import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { newId } from '../../base/ids.ts'
import { hasCode } from '../../host/syscalls/call.ts'
import { hexOf } from './digest.ts'
import { blobFaults } from './faults.ts'
import { Partial } from './partial.ts'

const CHUNK_BYTES = 1024 * 1024

export type Written = { digest: string; size: number }

/**
 * Content by its digest, one file each: `blobs/sha256/<hex>`. A file appears there whole, by a rename, after its bytes have
 * been hashed, so what is there is what its name says unless the disk has changed it since. Digests other than sha256
 * are refused (`blobFaults.MALFORMED_DIGEST`).
 */
export class Blobs {
  readonly #directory: string
  readonly #partials: string
  readonly #temporary: string

  constructor(dataRoot: string) {
    this.#directory = join(dataRoot, 'blobs', 'sha256')
    this.#partials = join(dataRoot, 'blobs', 'partial')
    this.#temporary = join(dataRoot, 'tmp')
    for (const path of [this.#directory, this.#partials, this.#temporary])
      mkdirSync(path, { recursive: true, mode: 0o710 })
    for (const name of readdirSync(this.#temporary)) if (name.startsWith('blob-')) rmSync(join(this.#temporary, name))
  }

  /** Where the content is, or will be. */
  path(digest: string): string {
    return join(this.#directory, hexOf(digest))
  }

  has(digest: string): boolean {
    return existsSync(this.path(digest))
  }

  /** Bytes, or undefined if it is not here. */
  size(digest: string): number | undefined {
    return statSync(this.path(digest), { throwIfNoEntry: false })?.size
  }

  /**
   * The content in chunks of 1 MiB. `start` leaves out that many bytes. With `verify` the whole is hashed on the way and
   * the last chunk withheld until it matches; `start` has to be 0 then.
   */
  async *read(digest: string, options: { start?: number; verify?: boolean } = {}): AsyncGenerator<Uint8Array> {
    const file = await this.#open(digest)
    try {
      const chunks = chunksOf(file, options.start ?? 0)
      yield* options.verify ? verified(chunks, digest) : chunks
    } finally {
      await file.close()
    }
  }

  /** Small content whole, checked against its digest. */
  async readAll(digest: string, mostBytes = 16 * 1024 * 1024): Promise<Buffer> {
    const size = this.size(digest)
    if (size === undefined) throw blobFaults.NOT_FOUND(digest)
    if (size > mostBytes) throw blobFaults.TOO_LARGE(digest, mostBytes)
    const parts: Uint8Array[] = []
    for await (const chunk of this.read(digest, { verify: true })) parts.push(chunk)
    return Buffer.concat(parts)
  }

  /** Keeps the content; when it resolves, it is on the disk. Nothing stays if the source fails or the digest is another. */
  async write(source: Uint8Array | AsyncIterable<Uint8Array>, expect: { digest?: string } = {}): Promise<Written> {
    if (expect.digest !== undefined) hexOf(expect.digest)
    const path = join(this.#temporary, `blob-${newId()}`)
    try {
      const written = await writeHashed(path, source instanceof Uint8Array ? [source] : source)
      if (expect.digest !== undefined && expect.digest !== written.digest)
        throw blobFaults.MISMATCH(expect.digest, written.digest)
      await rename(path, this.path(written.digest))
      await syncDirectory(this.#directory)
      return written
    } catch (failure) {
      await rm(path, { force: true })
      throw hasCode(failure, 'ENOSPC', 'EDQUOT') ? blobFaults.NO_SPACE({ cause: failure }) : failure
    }
  }

  /** Takes over a file of the data root whose digest has been found already. Whoever calls sees to its reaching the disk. */
  adopt(file: string, digest: string): void {
    renameSync(file, this.path(digest))
  }

  /** The part of a download that is here already, to go on from. One user at a time for each digest. */
  partial(digest: string): Partial {
    return new Partial(join(this.#partials, hexOf(digest)), digest, this)
  }

  /** Gone when it returns; what is not here is fine. Space comes back when the last reader closes. */
  remove(digest: string): void {
    rmSync(this.path(digest), { force: true })
  }

  list(): string[] {
    return readdirSync(this.#directory).map(hex => `sha256:${hex}`)
  }

  /** What no one names any more: every blob but these. Pass what is being written as well. */
  garbage(keep: ReadonlySet<string>): string[] {
    return this.list().filter(digest => !keep.has(digest))
  }

  /** Removes broken downloads that nobody has gone on with since this time (unix ms). */
  removePartialsBefore(time: number): void {
    for (const name of readdirSync(this.#partials)) {
      const path = join(this.#partials, name)
      if ((statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? time) < time) rmSync(path, { force: true })
    }
  }

  async #open(digest: string): Promise<FileHandle> {
    try {
      return await open(this.path(digest), 'r')
    } catch (failure) {
      if (hasCode(failure, 'ENOENT')) throw blobFaults.NOT_FOUND(digest, { cause: failure })
      throw failure
    }
  }
}

async function* chunksOf(file: FileHandle, start: number): AsyncGenerator<Uint8Array> {
  for (let at = start; ; ) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(CHUNK_BYTES), 0, CHUNK_BYTES, at)
    if (bytesRead === 0) return
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

/** Passes the chunks on and withholds the last one until all of them have proved to be what the digest names. */
export async function* verified(chunks: AsyncIterable<Uint8Array>, digest: string): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  let held: Uint8Array | undefined
  for await (const chunk of chunks) {
    hash.update(chunk)
    if (held) yield held
    held = chunk
  }
  const found = `sha256:${hash.digest('hex')}`
  if (found !== digest) throw blobFaults.MISMATCH(digest, found)
  if (held) yield held
}

async function writeHashed(path: string, source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<Written> {
  const file = await open(path, 'wx', 0o600)
  try {
    const hash = createHash('sha256')
    let size = 0
    for await (const chunk of source) {
      hash.update(chunk)
      await file.writeFile(chunk)
      size += chunk.length
    }
    await file.sync()
    return { digest: `sha256:${hash.digest('hex')}`, size }
  } finally {
    await file.close()
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
