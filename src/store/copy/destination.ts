import { constants } from 'node:fs'
import { byteText, plainText } from '../../base/byte-text.ts'
import { linkTarget } from '../../host/mounts/link-target.ts'
import { changeMode, changeOwner, statusOf } from '../../host/syscalls/attributes.ts'
import { hasCode } from '../../host/syscalls/call.ts'
import { close, makeDirectory, O_PATH, openInRoot } from '../../host/syscalls/tree.ts'
import { copyFaults } from './faults.ts'
import type { Owner } from './requests.ts'
import { type Picked, partsOf } from './select.ts'

const { S_IFMT, S_IFDIR, O_RDONLY, O_DIRECTORY } = constants

/** Where things go in a root that is held open. Links on the way are followed inside of it, and paths given back have none. */
export class Destination {
  readonly #root: number
  readonly #owner: Owner | undefined

  constructor(root: number, owner: Owner | undefined) {
    this.#root = root
    this.#owner = owner
  }

  /** Makes the directory with those above it, unless it is there. */
  directory(path: string, mode = 0o755): string {
    const real = this.#real(path)
    const parts = partsOf(real)
    for (let count = 1; count <= parts.length; count++) {
      this.#ensure(parts.slice(0, count - 1).join('/'), parts[count - 1]!, mode)
    }
    if (!this.#isDirectory(real)) throw copyFaults.NOT_A_DIRECTORY(`/${real}`)
    return real
  }

  /** The path for one source: below a destination that is a directory, else the destination itself. */
  place(destination: string, picked: Picked): string {
    if (picked.isDirectory) return this.directory(destination)
    const isDirectory = destination.endsWith('/') || this.#isDirectory(this.#real(destination))
    if (isDirectory) return partsOf(`${this.directory(destination)}/${picked.name}`).join('/')
    const real = this.#real(destination)
    this.directory(real.slice(0, Math.max(real.lastIndexOf('/'), 0)))
    return real
  }

  #real(path: string): string {
    return partsOf(plainText(linkTarget(this.#root, byteText(path)))).join('/')
  }

  #isDirectory(path: string): boolean {
    try {
      const fd = openInRoot(this.#root, byteText(path), O_PATH)
      const { mode } = statusOf(fd, '')
      close(fd)
      return (mode & S_IFMT) === S_IFDIR
    } catch (failure) {
      if (hasCode(failure, 'ENOENT', 'ENOTDIR', 'ELOOP')) return false
      throw failure
    }
  }

  #ensure(above: string, name: string, mode: number): void {
    const parent = this.#openParent(above)
    try {
      makeDirectory(parent, byteText(name), mode)
      this.#dress(above, name, mode)
    } catch (failure) {
      if (!hasCode(failure, 'EEXIST')) throw failure
    } finally {
      close(parent)
    }
  }

  #openParent(path: string): number {
    try {
      return openInRoot(this.#root, byteText(path), O_RDONLY | O_DIRECTORY)
    } catch (failure) {
      if (hasCode(failure, 'ENOTDIR')) throw copyFaults.NOT_A_DIRECTORY(`/${path}`, { cause: failure })
      throw failure
    }
  }

  /** Also in a directory whose set-group-id bit would give its group to what is made in it. */
  #dress(above: string, name: string, mode: number): void {
    const fd = openInRoot(this.#root, byteText(`${above}/${name}`), O_RDONLY | O_DIRECTORY)
    changeOwner(fd, this.#owner?.uid ?? 0, this.#owner?.gid ?? 0)
    changeMode(fd, mode)
    close(fd)
  }
}
