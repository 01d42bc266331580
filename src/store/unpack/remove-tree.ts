import { constants } from 'node:fs'
import type { ByteText } from '../../host/syscalls/bytes.ts'
import { hasCode } from '../../host/syscalls/call.ts'
import { readNames } from '../../host/syscalls/directory.ts'
import { close, openName, removeEmptyDirectory, removeFile, rename } from '../../host/syscalls/tree.ts'

const DEEPEST = 50

/**
 * Removes what is at a name, whatever it is, following no link; nothing there is fine. Directories that are nested deeper
 * than descriptors or PATH_MAX allow are moved up first, since an archive can nest as deep as it likes.
 */
export function removeTree(directory: number, name: ByteText): void {
  try {
    removeFile(directory, name)
  } catch (failure) {
    if (hasCode(failure, 'ENOENT')) return
    if (!hasCode(failure, 'EISDIR', 'EPERM')) throw failure
    new Removal(directory, name).run()
  }
}

class Removal {
  readonly #top: number
  readonly #name: ByteText
  readonly #moved: ByteText[] = []
  #count = 0

  constructor(directory: number, name: ByteText) {
    this.#top = directory
    this.#name = name
  }

  run(): void {
    this.#directory(this.#top, this.#name, 0)
    for (let moved = this.#moved.pop(); moved !== undefined; moved = this.#moved.pop())
      this.#directory(this.#top, moved, 0)
  }

  #directory(parent: number, name: ByteText, depth: number): void {
    const fd = openName(parent, name, constants.O_RDONLY | constants.O_DIRECTORY)
    try {
      for (const child of readNames(fd)) this.#child(fd, child, depth)
    } finally {
      close(fd)
    }
    removeEmptyDirectory(parent, name)
  }

  #child(fd: number, child: ByteText, depth: number): void {
    try {
      removeFile(fd, child)
    } catch (failure) {
      if (hasCode(failure, 'ENOENT')) return
      if (!hasCode(failure, 'EISDIR', 'EPERM')) throw failure
      if (depth < DEEPEST) this.#directory(fd, child, depth + 1)
      else this.#moveUp(fd, child)
    }
  }

  #moveUp(fd: number, child: ByteText): void {
    const name = `.berth-removed-${process.pid}-${this.#count++}`
    rename(fd, child, this.#top, name)
    this.#moved.push(name)
  }
}
