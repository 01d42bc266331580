import { createHash, type Hash } from 'node:crypto'
import { type ByteText, plainText } from '../../base/byte-text.ts'
import type { TarEntry } from '../../formats/tar/entry.ts'
import type { TarSink } from '../../formats/tar/parser.ts'
import { cleanPath } from '../unpack/names.ts'
import type { ContextEntry } from './context-index.ts'
import { contextFaults } from './faults.ts'

/** Hands members on to another sink and remembers what they were, each file with the digest of its content. */
export class IndexingSink implements TarSink {
  readonly #next: TarSink
  readonly #index = new Map<ByteText, ContextEntry>()
  #hash: Hash | undefined
  #entry: TarEntry | undefined

  constructor(next: TarSink) {
    this.#next = next
  }

  *members(): Generator<{ member: ByteText; entry: ContextEntry }> {
    for (const [member, entry] of this.#index) yield { member, entry }
  }

  entry(entry: TarEntry): void {
    if (entry.type === 'character' || entry.type === 'block') throw contextFaults.DEVICE(plainText(entry.name))
    this.#next.entry(entry)
    this.#entry = entry
    this.#hash = entry.type === 'file' ? createHash('sha256') : undefined
  }

  data(chunk: Uint8Array, start: number, end: number): void {
    this.#hash?.update(chunk.subarray(start, end))
    this.#next.data(chunk, start, end)
  }

  done(): void {
    this.#next.done()
    this.#remember(this.#entry!)
  }

  #remember(entry: TarEntry): void {
    const path = cleanPath(entry.name)
    if (path === '') return
    this.#index.delete(path)
    if (entry.type === 'link') {
      const target = this.#index.get(cleanPath(entry.linkName))
      if (target) this.#index.set(path, target)
    } else if (entry.type === 'file' || entry.type === 'directory' || entry.type === 'symlink') {
      this.#index.set(path, this.#describe(entry, entry.type))
    }
  }

  #describe(entry: TarEntry, type: ContextEntry['type']): ContextEntry {
    const { mode, size, modified, attributes } = entry
    return {
      type,
      mode,
      size,
      modified,
      ...(type === 'symlink' && { linkName: plainText(entry.linkName) }),
      ...(this.#hash && { digest: `sha256:${this.#hash.digest('hex')}` as const }),
      ...(attributes.size > 0 && { attributes: encodeAttributes(attributes) }),
    }
  }
}

const encodeAttributes = (attributes: TarEntry['attributes']): Record<string, string> =>
  Object.fromEntries([...attributes].map(([name, value]) => [name, Buffer.from(value).toString('base64')]))
