import { createHash, type Hash } from 'node:crypto'
import { constants } from 'node:fs'
import { type ByteText, plainText } from '../../base/byte-text.ts'
import { changeMode, changeTimes, changeTimesOf, setAttribute } from '../../host/syscalls/attributes.ts'
import { hasCode } from '../../host/syscalls/call.ts'
import {
  close,
  createFile,
  makeDirectory,
  makeLink,
  makeSymlink,
  openName,
  setUmask,
  writeAll,
} from '../../host/syscalls/tree.ts'
import { cleanPath, splitPath } from '../unpack/names.ts'
import { tolerate } from '../unpack/node-kinds.ts'
import { Parents } from '../unpack/parents.ts'
import { removeTree } from '../unpack/remove-tree.ts'
import type { ContextStat } from './context-index.ts'
import { contextFaults } from './faults.ts'
import { FRAME, type Frame } from './frames.ts'
import type { ContextReport, WrittenEntry } from './requests.ts'

type Other = Exclude<WrittenEntry, { type: 'directory' | 'remove' }>
type OpenFile = { fd: number; hash: Hash; size: number; stat: ContextStat }

/**
 * Puts what frames tell below a directory that is held open. Every path is resolved with it as the root, and the last part
 * is never followed [GHSA-g2h8-426c-7976]. A file that was there is never written to but replaced, since a layer may
 * share it.
 */
export class TreeWriting {
  readonly #parents: Parents
  readonly #files = new Map<number, OpenFile>()
  #bytes = 0

  constructor(root: number) {
    this.#parents = new Parents(root)
    setUmask(0)
  }

  get bytes(): number {
    return this.#bytes
  }

  /** A file that has ended is told of. */
  take({ kind, id, payload }: Frame): ContextReport | undefined {
    if (kind === FRAME.ENTRY) this.#place(id, JSON.parse(Buffer.from(payload).toString()) as WrittenEntry)
    else if (kind === FRAME.DATA) this.#write(id, payload)
    else if (kind === FRAME.END) return this.#end(id)
    return undefined
  }

  finish(): void {
    if (this.#files.size > 0) throw contextFaults.ORDER('the end')
    this.#parents.forget()
  }

  #place(id: number, entry: WrittenEntry): void {
    const path = cleanPath(entry.path)
    if (path === '') throw contextFaults.PATH(plainText(entry.path))
    const { parent, base } = splitPath(path)
    if (entry.type === 'directory') this.#placeDirectory(this.#parents.of(parent), base, entry.stat)
    else if (entry.type === 'remove') this.#clear(this.#parents.of(parent), base)
    else this.#placeOther(id, parent, base, entry)
  }

  /** What is there already gives way. */
  #placeOther(id: number, parent: ByteText, base: ByteText, entry: Other): void {
    try {
      this.#make(id, this.#parents.of(parent), base, entry)
    } catch (failure) {
      if (!hasCode(failure, 'EEXIST')) throw failure
      this.#clear(this.#parents.of(parent), base)
      this.#make(id, this.#parents.of(parent), base, entry)
    }
  }

  #clear(directory: number, base: ByteText): void {
    removeTree(directory, base)
    this.#parents.forget()
  }

  #make(id: number, directory: number, base: ByteText, entry: Other): void {
    if (entry.type === 'file') this.#open(id, directory, base, entry.stat)
    else if (entry.type === 'link') this.#link(directory, base, cleanPath(entry.to))
    else {
      makeSymlink(entry.target, directory, base)
      changeTimesOf(directory, base, entry.stat.modified)
    }
  }

  #placeDirectory(directory: number, base: ByteText, stat: ContextStat): void {
    try {
      makeDirectory(directory, base, stat.mode)
    } catch (failure) {
      if (!hasCode(failure, 'EEXIST')) throw failure
      this.#keepDirectory(directory, base, stat)
    }
  }

  #keepDirectory(directory: number, base: ByteText, stat: ContextStat): void {
    try {
      const fd = openName(directory, base, constants.O_RDONLY | constants.O_DIRECTORY)
      changeMode(fd, stat.mode)
      close(fd)
    } catch (failure) {
      if (!hasCode(failure, 'ENOTDIR', 'ELOOP')) throw failure
      removeTree(directory, base)
      makeDirectory(directory, base, stat.mode)
    }
  }

  #open(id: number, directory: number, base: ByteText, stat: ContextStat): void {
    if (this.#files.has(id)) throw contextFaults.ORDER(plainText(base))
    this.#files.set(id, { fd: createFile(directory, base, stat.mode), hash: createHash('sha256'), size: 0, stat })
  }

  #link(directory: number, base: ByteText, to: ByteText): void {
    const from = splitPath(to)
    makeLink(this.#parents.existing(from.parent), from.base, directory, base)
  }

  #write(id: number, bytes: Uint8Array): void {
    const file = this.#file(id)
    const chunk = new Uint8Array(bytes)
    writeAll(file.fd, chunk, 0, chunk.length)
    file.hash.update(chunk)
    file.size += chunk.length
    this.#bytes += chunk.length
  }

  #end(id: number): ContextReport {
    const { fd, hash, size, stat } = this.#file(id)
    for (const [name, value] of Object.entries(stat.attributes ?? {}))
      tolerate(name, () => setAttribute(fd, name, Buffer.from(value, 'base64')))
    changeTimes(fd, stat.modified)
    close(fd)
    this.#files.delete(id)
    return { file: id, digest: `sha256:${hash.digest('hex')}`, size }
  }

  #file(id: number): OpenFile {
    const file = this.#files.get(id)
    if (!file) throw contextFaults.ORDER(`file ${id}`)
    return file
  }
}
