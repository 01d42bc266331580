import type { FileHandle } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import type { LogFile } from './log-file.ts'
import { type LogOrigin, ORIGIN_BYTES, originIn } from './packed-origin.ts'

/** A rotated file that was packed by gzip: unpacked as it is read, never as a whole. Damage is its end. */
export class PackedLogFile implements LogFile {
  readonly isPacked = true
  readonly inode: number
  readonly #handle: FileHandle
  #pieces: AsyncIterator<Buffer> | undefined
  #piece: Buffer = Buffer.alloc(0)
  /** Where the piece begins in what is unpacked. */
  #start = 0

  constructor(handle: FileHandle, inode: number) {
    this.#handle = handle
    this.inode = inode
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size
  }

  async origin(): Promise<LogOrigin> {
    const { bytesRead, buffer } = await this.#handle.read(Buffer.alloc(ORIGIN_BYTES), 0, ORIGIN_BYTES, 0)
    const own = async () => ({ inode: this.inode, modified: (await this.#handle.stat({ bigint: true })).mtimeNs })
    return originIn(buffer.subarray(0, bytesRead)) ?? (await own())
  }

  async read(into: Buffer, at: number, position: number): Promise<number> {
    if (!this.#pieces || position < this.#start) this.#begin()
    while (position >= this.#start + this.#piece.length) if (!(await this.#next())) return 0
    return this.#piece.copy(into, at, position - this.#start)
  }

  async close(): Promise<void> {
    await this.#pieces?.return?.()
    await this.#handle.close()
  }

  #begin(): void {
    void this.#pieces?.return?.()
    this.#pieces = unpack(this.#handle)
    this.#piece = Buffer.alloc(0)
    this.#start = 0
  }

  async #next(): Promise<boolean> {
    const next = await this.#pieces?.next()
    if (!next || next.done) return false
    this.#start += this.#piece.length
    this.#piece = next.value
    return true
  }
}

const CHUNK_BYTES = 256 * 1024

async function* unpack(handle: FileHandle): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES })
  const feeding = feed(handle, gunzip)
  try {
    for await (const piece of gunzip) yield piece as Buffer
  } catch {
    return
  } finally {
    gunzip.destroy()
    await feeding.catch(() => {})
  }
}

async function feed(handle: FileHandle, gunzip: ReturnType<typeof createGunzip>): Promise<void> {
  gunzip.on('error', () => {})
  for (let position = 0; !gunzip.destroyed; ) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, position)
    if (bytesRead === 0) break
    position += bytesRead
    if (!gunzip.write(buffer.subarray(0, bytesRead))) await drained(gunzip)
  }
  gunzip.end()
}

const drained = (gunzip: ReturnType<typeof createGunzip>): Promise<void> =>
  new Promise(resolve => {
    const done = () => {
      gunzip.off('drain', done).off('close', done)
      resolve()
    }
    gunzip.once('drain', done).once('close', done)
  })
