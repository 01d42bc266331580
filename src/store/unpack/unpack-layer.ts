import { closeSync, openSync } from 'node:fs'
import type { Digest } from '../../formats/digest/digest.ts'
import { TarParser } from '../../formats/tar/parser.ts'
import { byteText } from '../../host/syscalls/bytes.ts'
import { close, openDirectory } from '../../host/syscalls/tree.ts'
import { type Decompressor, decompressorOf } from './decompressor.ts'
import { Extractor } from './extractor.ts'
import { unpackFault, unpackFaults } from './faults.ts'
import { DIFF, RAW } from './hash-slots.ts'
import { Hasher } from './hasher.ts'
import { type Compression, compressionOf, Input } from './input.ts'

/** What the daemon asks of the child. All paths are the host's. */
export type UnpackRequest = {
  /** An empty directory that the layer goes into. */
  root: string
  /** The file to read; else standard input. */
  source?: string
  /** The bytes as they came are kept in this new file. */
  blob?: string
  limits: { bytes: number; entries: number }
}

export type Unpacked = {
  /** Of the bytes as they came. */
  digest: Digest
  size: number
  /** Of the tar. */
  diffId: Digest
  diffSize: number
  /** Bytes in files, and how many members there were. */
  contentSize: number
  entries: number
  compression: Compression
}

/** Reads one layer to its end, unpacks and hashes it. The directory and the file hold nothing of use if it throws. */
export async function unpackLayer(request: UnpackRequest): Promise<Unpacked> {
  const root = openDirectory(byteText(request.root))
  const blob = request.blob === undefined ? -1 : openSync(request.blob, 'wx', 0o600)
  const input = new Input(request.source)
  const extractor = new Extractor(root, { as: 'layer', limits: request.limits })
  try {
    return await new LayerReading(request, input, extractor, new Hasher(blob)).run()
  } catch (failure) {
    throw unpackFault(failure, 'the layer')
  } finally {
    extractor.dispose()
    input.close()
    if (blob !== -1) closeSync(blob)
    close(root)
  }
}

class LayerReading {
  readonly #request: UnpackRequest
  readonly #input: Input
  readonly #extractor: Extractor
  readonly #hasher: Hasher
  readonly #parser: TarParser
  #size = 0
  #diffSize = 0

  constructor(request: UnpackRequest, input: Input, extractor: Extractor, hasher: Hasher) {
    this.#request = request
    this.#input = input
    this.#extractor = extractor
    this.#hasher = hasher
    this.#parser = new TarParser(extractor)
  }

  async run(): Promise<Unpacked> {
    const slot = this.#hasher.space()
    const length = this.#input.fill(slot)
    const compression = compressionOf(slot.subarray(0, length))
    if (compression === 'none') this.#plain(slot, length)
    else await this.#compressed(compression, slot, length)
    this.#parser.end()
    this.#extractor.finish()
    const hashes = await this.#hasher.finish()
    return {
      digest: `sha256:${hashes.raw}`,
      size: this.#size,
      diffId: `sha256:${hashes.diff}`,
      diffSize: this.#diffSize,
      contentSize: this.#extractor.bytes,
      entries: this.#extractor.entries,
      compression,
    }
  }

  #plain(first: Uint8Array, firstLength: number): void {
    let slot = first
    for (let length = firstLength; length > 0; length = this.#input.fill(slot)) {
      this.#hasher.publish(length, RAW | DIFF)
      this.#size += length
      this.#parser.push(slot.subarray(0, length))
      slot = this.#hasher.space()
    }
    this.#diffSize = this.#size
  }

  async #compressed(compression: Compression, first: Uint8Array, firstLength: number): Promise<void> {
    const take = (bytes: Uint8Array) => this.#takePlain(bytes)
    const pipe: Decompressor = decompressorOf(compression, take)
    let slot = first
    for (let length = firstLength; length > 0; length = this.#input.fill(slot)) {
      const raw = slot.slice(0, length)
      this.#hasher.publish(length, RAW)
      this.#size += length
      await pipe.write(raw)
      slot = this.#hasher.space()
    }
    await pipe.end()
  }

  #takePlain(bytes: Uint8Array): void {
    this.#diffSize += bytes.length
    // The tar may end early and the compressed stream go on: a bomb that no member's size tells of.
    if (this.#diffSize > this.#request.limits.bytes) throw unpackFaults.TOO_MANY_BYTES(this.#request.limits.bytes)
    this.#hasher.push(bytes, DIFF)
    this.#parser.push(bytes)
  }
}
