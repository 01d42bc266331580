import { constants } from 'node:fs'
import { type EntryType, NO_ATTRIBUTES, type TarEntry } from '../../formats/tar/entry.ts'
import type { TarSink } from '../../formats/tar/parser.ts'
import { attributeOf, listAttributesOf, type Status, statusOf } from '../../host/syscalls/attributes.ts'
import type { ByteText } from '../../host/syscalls/bytes.ts'
import { hasCode } from '../../host/syscalls/call.ts'
import { readNames } from '../../host/syscalls/directory.ts'
import { close, openName, readInto, readLink } from '../../host/syscalls/tree.ts'

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

/**
 * Reads a tree into a sink as the members of an archive, in the order of names. Every name is opened below the open directory
 * that it was read from and never followed, so what is swapped meanwhile is read as it was or as it is, but nothing outside is. What vanishes
 * meanwhile is left out; a file keeps the size that was told. Sockets are left out.
 */
export class TreeWalk {
  readonly #sink: TarSink
  readonly #buffer = new Uint8Array(READ_BYTES)
  /** The first name of each file that has several. */
  readonly #linked = new Map<string, ByteText>()

  constructor(sink: TarSink) {
    this.#sink = sink
  }

  /** The thing called `name` in the directory, as `as`, with all below it. */
  read(directory: number, name: ByteText, as: ByteText): void {
    const status = this.#missing(() => statusOf(directory, name))
    if (status === undefined) return
    const type = TYPES.get(status.mode & S_IFMT)
    if (type === 'directory') this.#directory(directory, name, as, status)
    else if (type === 'file') this.#file(directory, name, as, status)
    else if (type !== undefined) this.#other(directory, name, as, status, type)
  }

  /** The directory that is held open, as `as`, and what is in it. */
  readOpen(directory: number, as: ByteText): void {
    this.#sink.entry(this.#entry(directory, '.', as, statusOf(directory, '.'), 'directory'))
    this.#sink.done()
    this.content(directory, as)
  }

  /** What is in the directory that is held open, below `as`. */
  content(directory: number, as: ByteText): void {
    const prefix = as === '' || as.endsWith('/') ? as : `${as}/`
    for (const name of readNames(directory).sort()) this.read(directory, name, prefix + name)
  }

  #directory(parent: number, name: ByteText, as: ByteText, status: Status): void {
    const fd = this.#missing(() => openName(parent, name, O_RDONLY | O_DIRECTORY))
    if (fd === undefined) return
    try {
      this.#sink.entry(this.#entry(parent, name, as, status, 'directory'))
      this.#sink.done()
      this.content(fd, as)
    } finally {
      close(fd)
    }
  }

  #file(directory: number, name: ByteText, as: ByteText, status: Status): void {
    if (this.#isSecondName(as, status)) this.#link(as, status)
    else this.#firstName(directory, name, as)
  }

  #firstName(directory: number, name: ByteText, as: ByteText): void {
    // O_NONBLOCK: a pipe may have taken the file's place, and must not hold us.
    const fd = this.#missing(() => openName(directory, name, O_RDONLY | O_NONBLOCK))
    if (fd === undefined) return
    try {
      const opened = statusOf(fd, '')
      if ((opened.mode & S_IFMT) !== S_IFREG) return
      this.#sink.entry({ ...this.#entry(directory, name, as, opened, 'file'), size: opened.size })
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

  #isSecondName(as: ByteText, { links, deviceMajor, deviceMinor, inode }: Status): boolean {
    if (links < 2) return false
    const key = `${deviceMajor}:${deviceMinor}:${inode}`
    if (this.#linked.has(key)) return true
    this.#linked.set(key, as)
    return false
  }

  #link(as: ByteText, status: Status): void {
    const linkName = this.#linked.get(`${status.deviceMajor}:${status.deviceMinor}:${status.inode}`)!
    this.#sink.entry({ ...plain(status), name: as, type: 'link', linkName, attributes: NO_ATTRIBUTES })
    this.#sink.done()
  }

  #other(directory: number, name: ByteText, as: ByteText, status: Status, type: EntryType): void {
    const linkName = type === 'symlink' ? this.#missing(() => readLink(directory, name)) : ''
    if (linkName === undefined) return
    this.#sink.entry({ ...this.#entry(directory, name, as, status, type), linkName })
    this.#sink.done()
  }

  #entry(directory: number, name: ByteText, as: ByteText, status: Status, type: EntryType): TarEntry {
    const attributes = type === 'file' || type === 'directory' ? attributesOf(directory, name) : NO_ATTRIBUTES
    return { ...plain(status), name: as, type, linkName: '', attributes }
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

function attributesOf(directory: number, name: ByteText): TarEntry['attributes'] {
  const names = listAttributesOf(directory, name).filter(attribute => CARRIED.test(attribute))
  if (names.length === 0) return NO_ATTRIBUTES
  const attributes = new Map<ByteText, Uint8Array>()
  for (const attribute of names) {
    const value = attributeOf(directory, name, attribute)
    if (value !== undefined) attributes.set(attribute, value)
  }
  return attributes
}
