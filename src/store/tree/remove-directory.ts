import { constants } from 'node:fs'
import { rm } from 'node:fs/promises'
import { byteText } from '../../host/syscalls/bytes.ts'
import { hasCode } from '../../host/syscalls/call.ts'
import { fewDirectories } from '../../host/syscalls/directory.ts'
import { close, openDirectory, openName } from '../../host/syscalls/tree.ts'
import { removeTrees } from '../layers/upkeep.ts'

const MOST_DIRECTORIES = 100
const DEEPEST = 30

/**
 * Removes a directory that a container may have filled; one that is not there is fine. `rm` takes time by the square of the
 * depth (10 s of a processor for 2000 directories in each other), so what is deep or large is left to a child.
 */
export async function removeDirectory(path: string): Promise<void> {
  if (isSmall(path)) await rm(path, { recursive: true, force: true })
  else await removeTrees([path])
}

function isSmall(path: string): boolean {
  try {
    return new Look().visit(openDirectory(byteText(path)), 0)
  } catch (failure) {
    // Nothing is there, or a file is.
    if (hasCode(failure, 'ENOENT', 'ENOTDIR', 'ELOOP')) return true
    throw failure
  }
}

class Look {
  #seen = 0

  visit(fd: number, depth: number): boolean {
    try {
      this.#seen++
      const below = fewDirectories(fd)
      if (!below || depth > DEEPEST || this.#seen + below.length > MOST_DIRECTORIES) return false
      return below.every(name => this.visit(openName(fd, name, constants.O_RDONLY | constants.O_DIRECTORY), depth + 1))
    } finally {
      close(fd)
    }
  }
}
