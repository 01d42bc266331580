import { constants } from 'node:fs'
import type { ByteText } from '../../host/syscalls/bytes.ts'
import { hasCode } from '../../host/syscalls/call.ts'
import { close, makeDirectory, O_PATH, openInRoot } from '../../host/syscalls/tree.ts'
import { splitPath } from './names.ts'

const MOST_OPEN = 200
const DIRECTORY = O_PATH | constants.O_DIRECTORY

/**
 * Descriptors of the directories that members go into, kept open because members of one directory follow each other.
 * Every one was opened with the root of the archive as its root. After a directory or a link has been removed or replaced
 * `forget` has to be called, since a path may then lead elsewhere.
 */
export class Parents {
  readonly #root: number
  readonly #open = new Map<ByteText, number>()
  #lastPath: ByteText | undefined
  #last = -1

  constructor(root: number) {
    this.#root = root
  }

  /** The directory at this clean path; missing ones are made, owned by root, mode 0755. */
  of(path: ByteText): number {
    return path === this.#lastPath ? this.#last : this.#remember(path, this.#find(path) ?? this.#make(path))
  }

  /** The directory at this path, which has to be there (ENOENT). */
  existing(path: ByteText): number {
    return path === this.#lastPath
      ? this.#last
      : this.#remember(path, this.#open.get(path) ?? openInRoot(this.#root, path, DIRECTORY))
  }

  forget(): void {
    for (const fd of this.#open.values()) close(fd)
    this.#open.clear()
    this.#lastPath = undefined
  }

  /** The last one given out may still be in use beside the next (the two ends of a link). */
  #forgetAllButLast(): void {
    for (const [path, fd] of this.#open) {
      if (path === this.#lastPath) continue
      close(fd)
      this.#open.delete(path)
    }
  }

  #find(path: ByteText): number | undefined {
    const known = this.#open.get(path)
    if (known !== undefined) return known
    try {
      return openInRoot(this.#root, path, DIRECTORY)
    } catch (failure) {
      if (hasCode(failure, 'ENOENT')) return undefined
      throw failure
    }
  }

  #make(path: ByteText): number {
    const { parent, base } = splitPath(path)
    const above = this.of(parent)
    makeDirectory(above, base, 0o755)
    return openInRoot(this.#root, path, DIRECTORY)
  }

  #remember(path: ByteText, fd: number): number {
    if (this.#open.size >= MOST_OPEN && !this.#open.has(path)) this.#forgetAllButLast()
    this.#open.set(path, fd)
    this.#lastPath = path
    this.#last = fd
    return fd
  }
}
