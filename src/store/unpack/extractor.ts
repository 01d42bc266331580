import { constants } from 'node:fs'
import type { ByteText, TarEntry } from '../../formats/tar/entry.ts'
import type { TarSink } from '../../formats/tar/parser.ts'
import {
  changeMode,
  changeOwner,
  changeOwnerOf,
  changeTimes,
  changeTimesOf,
  setAttribute,
  setAttributeOf,
  statusOf,
} from '../../host/syscalls/attributes.ts'
import { plainText } from '../../host/syscalls/bytes.ts'
import { hasCode } from '../../host/syscalls/call.ts'
import {
  close,
  createFile,
  makeDirectory,
  makeLink,
  makeNode,
  makeSymlink,
  openName,
  setUmask,
  writeAll,
} from '../../host/syscalls/tree.ts'
import { unpackFault, unpackFaults } from './faults.ts'
import { cleanPath, type Split, splitPath } from './names.ts'
import { nodeMode, tolerate } from './node-kinds.ts'
import { Parents } from './parents.ts'
import { removeTree } from './remove-tree.ts'
import { applyWhiteout, isWhiteout, isWhiteoutNode, makeOpaque } from './whiteouts.ts'

export type ExtractOptions = {
  /** `layer`: a fresh directory, whiteouts become overlay's. `copy`: into a root that is in use, names are taken as they are. */
  as: 'layer' | 'copy'
  /** Everything gets this owner. */
  owner?: { uid: number; gid: number }
  /** Refuse to put a directory in place of another kind, or the other way round. */
  noOverwriteDirNonDir?: boolean
  /** In a layer: names that begin with `.wh.` are files like others, since the source is a tree and no archive. */
  keepWhiteoutNames?: boolean
  /** How the root is called in messages. */
  rootName?: string
  limits: { bytes: number; entries: number }
}

const { S_IFMT, S_IFDIR, S_IFLNK, O_RDONLY, O_DIRECTORY } = constants

/**
 * Puts the members of an archive below a directory that is held open. Each name is resolved with that directory as its root, the last
 * component is never followed, and nothing is looked at twice: what an archive says, or a container does meanwhile, cannot
 * lead outside. The process's umask has to be 0, which the constructor sees to.
 */
export class Extractor implements TarSink {
  readonly #root: number
  readonly #options: ExtractOptions
  readonly #parents: Parents
  readonly #directories: { path: ByteText; time: TarEntry['modified'] }[] = []
  #entry: TarEntry | undefined
  #file = -1
  #bytes = 0
  #entries = 0
  /** In a directory with the set-group-id bit new files get its group, so owners have to be set always. */
  #setOwners: boolean
  /** Something that a path may have led through is gone. */
  #parentsAreStale = false

  constructor(root: number, options: ExtractOptions) {
    this.#root = root
    this.#options = options
    this.#parents = new Parents(root)
    this.#setOwners = options.as === 'copy'
    setUmask(0)
  }

  /** Bytes of content unpacked so far. */
  get bytes(): number {
    return this.#bytes
  }

  get entries(): number {
    return this.#entries
  }

  entry(entry: TarEntry): void {
    this.#count(entry)
    this.#entry = this.#options.owner ? { ...entry, ...this.#options.owner } : entry
    this.#named(() => this.#place(this.#entry!))
    if (this.#parentsAreStale) this.#parents.forget()
    this.#parentsAreStale = false
  }

  data(chunk: Uint8Array, start: number, end: number): void {
    if (this.#file === -1) return
    try {
      writeAll(this.#file, chunk, start, end)
    } catch (failure) {
      throw unpackFault(failure, plainText(this.#entry!.name))
    }
  }

  done(): void {
    if (this.#file === -1) return
    this.#named(() => this.#finishFile(this.#file, this.#entry!))
    close(this.#file)
    this.#file = -1
  }

  /** Sets what has to come last, the times of directories. */
  finish(): void {
    for (const { path, time } of this.#directories.reverse()) this.#finishDirectory(path, time)
    this.dispose()
  }

  dispose(): void {
    if (this.#file !== -1) close(this.#file)
    this.#file = -1
    this.#parents.forget()
  }

  #count(entry: TarEntry): void {
    const { bytes, entries } = this.#options.limits
    this.#entries++
    this.#bytes += entry.size
    if (this.#entries > entries) throw unpackFaults.TOO_MANY_ENTRIES(entries)
    if (this.#bytes > bytes) throw unpackFaults.TOO_MANY_BYTES(bytes)
  }

  #named(work: () => void): void {
    try {
      work()
    } catch (failure) {
      throw unpackFault(failure, plainText(this.#entry!.name))
    }
  }

  #place(entry: TarEntry): void {
    const path = cleanPath(entry.name)
    if (path === '') this.#placeRoot(entry)
    else this.#placeBelow(path, splitPath(path), entry)
  }

  #placeBelow(path: ByteText, at: Split, entry: TarEntry): void {
    const parent = this.#parents.of(at.parent)
    if (this.#isWhiteout(at.base)) applyWhiteout(parent, at.base, path)
    else if (entry.type === 'directory') this.#placeDirectory(parent, at.base, path, entry)
    else if (entry.type === 'file')
      this.#file = this.#make(parent, at.base, () => createFile(parent, at.base, entry.mode))
    else if (entry.type === 'link') this.#placeLink(at, path, entry)
    else this.#placeOther(parent, at.base, entry)
  }

  #isWhiteout(base: ByteText): boolean {
    return this.#options.as === 'layer' && !this.#options.keepWhiteoutNames && isWhiteout(base)
  }

  /** [CVE-2021-29136] a member named `.` or `/` must not turn the root into a link for the next layer to go through. */
  #placeRoot(entry: TarEntry): void {
    if (entry.type !== 'directory') throw unpackFaults.ROOT_REPLACED(plainText(entry.name))
    if (this.#options.as === 'copy') return
    this.#dress(this.#root, '.', entry)
    this.#directories.push({ path: '', time: entry.modified })
  }

  #placeDirectory(parent: number, base: ByteText, path: ByteText, entry: TarEntry): void {
    const isNew = this.#makeDirectory(parent, base, entry)
    if ((entry.mode & 0o2000) !== 0) this.#setOwners = true
    if (!isNew || this.#setOwners || (entry.mode & 0o6000) !== 0) this.#dress(parent, base, entry)
    else this.#own(parent, base, entry)
    this.#attributes(parent, base, entry)
    this.#directories.push({ path, time: entry.modified })
  }

  /** True if the directory is new; one that was there is kept with what it holds. */
  #makeDirectory(parent: number, base: ByteText, entry: TarEntry): boolean {
    try {
      makeDirectory(parent, base, entry.mode)
      return true
    } catch (failure) {
      if (!hasCode(failure, 'EEXIST')) throw failure
    }
    const there = statusOf(parent, base)
    if ((there.mode & S_IFMT) === S_IFDIR) return false
    const hides = this.#options.as === 'layer' && isWhiteoutNode(there)
    this.#clear(parent, base, entry)
    makeDirectory(parent, base, entry.mode)
    if (hides) makeOpaque(parent, base)
    return true
  }

  #placeOther(parent: number, base: ByteText, entry: TarEntry): void {
    if (entry.type === 'symlink') this.#make(parent, base, () => makeSymlink(entry.linkName, parent, base))
    else this.#make(parent, base, () => makeNode(parent, base, nodeMode(entry), entry.deviceMajor, entry.deviceMinor))
    this.#own(parent, base, entry)
    this.#attributes(parent, base, entry)
    changeTimesOf(parent, base, entry.modified)
  }

  /** The mode and owner of the file are those of its first name: [CVE-2021-32760] set here, they would reach through a link. */
  #placeLink(at: Split, path: ByteText, entry: TarEntry): void {
    const target = cleanPath(entry.linkName)
    if (target === path || target === '') throw unpackFaults.LINK_TO_ITSELF(plainText(entry.name))
    const from = splitPath(target)
    const there = this.#parents.existing(from.parent)
    const here = this.#parents.of(at.parent)
    this.#make(here, at.base, () => makeLink(there, from.base, here, at.base))
  }

  /** Makes something at a name; what is there already gives way. */
  #make<T>(parent: number, base: ByteText, make: () => T): T {
    try {
      return make()
    } catch (failure) {
      if (!hasCode(failure, 'EEXIST')) throw failure
    }
    this.#clear(parent, base, this.#entry!)
    return make()
  }

  #clear(parent: number, base: ByteText, entry: TarEntry): void {
    const kind = statusOf(parent, base).mode & S_IFMT
    this.#refuseOverwrite(kind === S_IFDIR, entry)
    removeTree(parent, base)
    if (kind === S_IFDIR || kind === S_IFLNK) this.#parentsAreStale = true
  }

  #refuseOverwrite(isDirectory: boolean, entry: TarEntry): void {
    if (!this.#options.noOverwriteDirNonDir) return
    const root = this.#options.rootName ?? '/'
    const name = `${root === '/' ? '' : root}/${plainText(cleanPath(entry.name))}`
    if (isDirectory && entry.type !== 'directory') throw unpackFaults.DIRECTORY_BY_OTHER(name, root)
    if (!isDirectory && entry.type === 'directory') throw unpackFaults.OTHER_BY_DIRECTORY(name, root)
  }

  #finishFile(fd: number, entry: TarEntry): void {
    const owned = this.#setOwners || entry.uid !== 0 || entry.gid !== 0
    if (owned) changeOwner(fd, entry.uid, entry.gid)
    // A change of owner takes these bits and the capabilities away.
    if (owned && (entry.mode & 0o6000) !== 0) changeMode(fd, entry.mode)
    for (const [name, value] of entry.attributes) tolerate(name, () => setAttribute(fd, name, value))
    changeTimes(fd, entry.modified)
  }

  #own(parent: number, base: ByteText, { uid, gid }: TarEntry): void {
    if (this.#setOwners || uid !== 0 || gid !== 0) changeOwnerOf(parent, base, uid, gid)
  }

  /** Owner and mode of a directory that was there, or that inherited some. */
  #dress(parent: number, base: ByteText, entry: TarEntry): void {
    const fd = openName(parent, base, O_RDONLY | O_DIRECTORY)
    try {
      changeOwner(fd, entry.uid, entry.gid)
      changeMode(fd, entry.mode)
    } finally {
      close(fd)
    }
  }

  #attributes(parent: number, base: ByteText, entry: TarEntry): void {
    for (const [name, value] of entry.attributes) tolerate(name, () => setAttributeOf(parent, base, name, value))
  }

  #finishDirectory(path: ByteText, time: TarEntry['modified']): void {
    const { parent, base } = path === '' ? { parent: '', base: '.' } : splitPath(path)
    try {
      changeTimesOf(this.#parents.existing(parent), base, time)
    } catch (failure) {
      if (!hasCode(failure, 'ENOENT', 'ENOTDIR', 'ELOOP')) throw failure
    }
  }
}
