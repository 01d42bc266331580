import { constants } from 'node:fs'
import { type EntryType, NO_ATTRIBUTES, type TarEntry, tarEntry } from '../../formats/tar/entry.ts'
import type { TarSink } from '../../formats/tar/parser.ts'
import { attribute, listAttributes, type Status, statusOf } from '../../host/syscalls/attributes.ts'
import type { ByteText } from '../../host/syscalls/bytes.ts'
import { hasCode } from '../../host/syscalls/call.ts'
import { readNames } from '../../host/syscalls/directory.ts'
import { close, openName, readInto, readLink } from '../../host/syscalls/tree.ts'
import { isOpaque, isWhiteoutNode, OPAQUE_MARK, whiteoutOf } from '../unpack/whiteouts.ts'

const { S_IFMT, S_IFDIR, S_IFREG, S_IFLNK, S_IFCHR, S_IFBLK, S_IFIFO, O_RDONLY, O_DIRECTORY, O_NONBLOCK } = constants
const TYPES = new Map<number, EntryType>([
  [S_IFREG, 'file'],
  [S_IFDIR, 'directory'],
  [S_IFLNK, 'symlink'],
  [S_IFCHR, 'character'],
  [S_IFBLK, 'block'],
  [S_IFIFO, 'fifo'],
])

const READ_BYTES = 1024 * 1024
const zeros = new Uint8Array(64 * 1024)

export type WalkOptions = {
  /** True leaves out what the name is, and all below it. */
  omit?: (directory: number, name: ByteText, as: ByteText, status: Status) => boolean
  /** The tree is a writable directory of overlay: what it hides is told as layers tell it (OCI image-spec, layer.md "Whiteouts"). */
  whiteouts?: boolean
}

/**
 * Reads a tree into a sink as the members of an archive, in the order of names. Every name is opened below the open directory
 * that it was read from and never followed, so what is swapped meanwhile is read as it was or as it is, but nothing outside is. What vanishes
 * meanwhile is left out; a file keeps the size that was told. Sockets are left out.
 */
export class TreeWalk {
  readonly #sink: TarSink
  readonly #options: WalkOptions
  readonly #buffer = new Uint8Array(READ_BYTES)
  /** The first name of each file that has several. */
  readonly #linked = new Map<string, ByteText>()

  constructor(sink: TarSink, options: WalkOptions = {}) {
    this.#sink = sink
    this.#options = options
  }

  /** The thing called `name` in the directory, as `as`, with all below it. */
  read(directory: number, name: ByteText, as: ByteText): void {
    const status = this.#missing(() => statusOf(directory, name))
    if (status === undefined || this.#missing(() => this.#options.omit?.(directory, name, as, status))) return
    const type = TYPES.get(status.mode & S_IFMT)
    if (this.#options.whiteouts && isWhiteoutNode(status)) this.#mark(whiteoutOf(as))
    else if (type === 'directory') this.#directory(directory, name, as)
    else if (type === 'file') this.#file(directory, name, as, status)
    else if (type !== undefined) this.#other(directory, name, as, status, type)
  }

  /** The directory that is held open, as `as`, and what is in it. */
  readOpen(directory: number, as: ByteText): void {
    this.itself(directory, as)
    this.content(directory, as)
  }

  /** The directory that is held open, as `as`, without what is in it. */
  itself(directory: number, as: ByteText): void {
    this.#sink.entry(openEntry(directory, as, statusOf(directory, ''), 'directory'))
    this.#sink.done()
  }

  /** What is in the directory that is held open, below `as`. */
  content(directory: number, as: ByteText): void {
    const prefix = as === '' || as.endsWith('/') ? as : `${as}/`
    for (const name of readNames(directory).sort()) this.read(directory, name, prefix + name)
  }

  #directory(parent: number, name: ByteText, as: ByteText): void {
    const fd = this.#missing(() => openName(parent, name, O_RDONLY | O_DIRECTORY))
    if (fd === undefined) return
    try {
      this.itself(fd, as)
      if (this.#options.whiteouts && isOpaque(fd)) this.#mark(`${as}/${OPAQUE_MARK}`)
      this.content(fd, as)
    } finally {
      close(fd)
    }
  }

  #file(directory: number, name: ByteText, as: ByteText, status: Status): void {
    const first = status.links > 1 ? this.#linked.get(identity(status)) : undefined
    if (first === undefined) this.#firstName(directory, name, as)
    else this.#link(as, first, status)
  }

  #firstName(directory: number, name: ByteText, as: ByteText): void {
    // O_NONBLOCK: a pipe may have taken the file's place, and must not hold us.
    const fd = this.#missing(() => openName(directory, name, O_RDONLY | O_NONBLOCK))
    if (fd === undefined) return
    try {
      const opened = statusOf(fd, '')
      if ((opened.mode & S_IFMT) !== S_IFREG) return
      if (opened.links > 1) this.#linked.set(identity(opened), as)
      this.#sink.entry({ ...openEntry(fd, as, opened, 'file'), size: opened.size })
      this.#content(fd, opened.size)
      this.#sink.done()
    } finally {
      close(fd)
    }
  }

  #content(fd: number, size: number): void {
    let left = size
    while (left > 0) {
      const count = readInto(fd, left < READ_BYTES ? this.#buffer.subarray(0, left) : this.#buffer)
      if (count === 0) break
      this.#sink.data(this.#buffer, 0, count)
      left -= count
    }
    // A file that has become shorter since.
    for (; left > 0; left -= zeros.length) this.#sink.data(zeros, 0, Math.min(left, zeros.length))
  }

  #link(as: ByteText, linkName: ByteText, status: Status): void {
    this.#sink.entry({ ...plain(status), name: as, type: 'link', linkName, attributes: NO_ATTRIBUTES })
    this.#sink.done()
  }

  /** Times and owners of whiteouts mean nothing, and overlay makes all of them one node: the same in every archive. */
  #mark(as: ByteText): void {
    this.#sink.entry(tarEntry({ name: as, type: 'file', mode: 0o600 }))
    this.#sink.done()
  }

  #other(directory: number, name: ByteText, as: ByteText, status: Status, type: EntryType): void {
    const linkName = type === 'symlink' ? this.#missing(() => readLink(directory, name)) : ''
    if (linkName === undefined) return
    this.#sink.entry({ ...plain(status), name: as, type, linkName, attributes: NO_ATTRIBUTES })
    this.#sink.done()
  }

  #missing<T>(work: () => T): T | undefined {
    try {
      return work()
    } catch (failure) {
      if (hasCode(failure, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'EINVAL')) return undefined
      throw failure
    }
  }
}

function plain(status: Status): Omit<TarEntry, 'name' | 'type' | 'linkName' | 'attributes'> {
  return {
    mode: status.mode & 0o7777,
    uid: status.uid,
    gid: status.gid,
    userName: '',
    groupName: '',
    size: 0,
    modified: status.modified,
    deviceMajor: status.rdevMajor,
    deviceMinor: status.rdevMinor,
  }
}

/** What belongs to a file wherever it goes; `trusted.` and the labels of this machine do not. */
const CARRIED = /^(security\.capability$|user\.(?!overlay\.))/

/** By the descriptor: the name may stand for something else by now, or for nothing. */
function openEntry(fd: number, as: ByteText, status: Status, type: EntryType): TarEntry {
  return { ...plain(status), name: as, type, linkName: '', attributes: attributesOf(fd) }
}

function attributesOf(fd: number): TarEntry['attributes'] {
  const names = listAttributes(fd).filter(name => CARRIED.test(name))
  if (names.length === 0) return NO_ATTRIBUTES
  const attributes = new Map<ByteText, Uint8Array>()
  for (const name of names) {
    const value = attribute(fd, name)
    if (value !== undefined) attributes.set(name, value)
  }
  return attributes
}

const identity = ({ deviceMajor, deviceMinor, inode }: Status): string => `${deviceMajor}:${deviceMinor}:${inode}`
