import { constants } from 'node:fs'
import { statusOf } from '../../host/syscalls/attributes.ts'
import { byteText } from '../../host/syscalls/bytes.ts'
import { hasCode } from '../../host/syscalls/call.ts'
import { readNames } from '../../host/syscalls/directory.ts'
import { close, openDirectory, openName } from '../../host/syscalls/tree.ts'

/** Bytes in the files below a directory of the host, a file with several names counted once, as Docker counts; -1 if it cannot be read. */
export function usageAt(path: string): number {
  try {
    const directory = openDirectory(byteText(path))
    try {
      return new Counting().directory(directory)
    } finally {
      close(directory)
    }
  } catch {
    return -1
  }
}

class Counting {
  readonly #seen = new Set<string>()

  directory(fd: number): number {
    let bytes = 0
    for (const name of readNames(fd)) bytes += this.#name(fd, name)
    return bytes
  }

  #name(directory: number, name: string): number {
    try {
      const { mode, size, links, inode, deviceMajor, deviceMinor } = statusOf(directory, name)
      if ((mode & constants.S_IFMT) === constants.S_IFDIR) return this.#below(directory, name)
      const key = `${deviceMajor}:${deviceMinor}:${inode}`
      if (links > 1 && this.#seen.has(key)) return 0
      if (links > 1) this.#seen.add(key)
      return size
    } catch (failure) {
      if (hasCode(failure, 'ENOENT', 'ENOTDIR')) return 0
      throw failure
    }
  }

  #below(directory: number, name: string): number {
    const fd = openName(directory, name, constants.O_RDONLY | constants.O_DIRECTORY)
    try {
      return this.directory(fd)
    } finally {
      close(fd)
    }
  }
}
