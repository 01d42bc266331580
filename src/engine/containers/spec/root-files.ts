import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { defineFaults } from '../../../base/faults.ts'
import { hasCode } from '../../../host/syscalls/call.ts'
import { O_PATH, openInRoot } from '../../../host/syscalls/tree.ts'

export const rootFileFaults = defineFaults('ROOT_FILE', {
  NOT_REGULAR: { kind: 'invalid', message: (path: string) => `${path} of the container is not a regular file` },
  TOO_LARGE: { kind: 'invalid', message: (path: string) => `${path} of the container is larger than 4 MiB` },
})

/** Larger ones are no user databases but attacks on our memory [CVE-2026-47262]. */
const LARGEST_FILE = 4 * 1024 ** 2

/** Small files of a container's root, read without ever leaving it. */
export type RootFiles = {
  /** '' for a file that is not there. Throws rootFileFaults. */
  readText(path: string): string
}

/** A mounted root, such as /proc/PID/root of a running container: links are resolved inside it by the kernel (openat2). */
export function mountedRoot(path: string): RootFiles {
  return {
    readText(file) {
      const root = openSync(path, O_PATH | constants.O_DIRECTORY)
      try {
        return readInside(root, file)
      } finally {
        closeSync(root)
      }
    },
  }
}

function readInside(root: number, file: string): string {
  let found: number
  try {
    found = openInRoot(root, file, O_PATH)
  } catch (failure) {
    if (hasCode(failure, 'ENOENT', 'ENOTDIR', 'ELOOP')) return ''
    throw failure
  }
  try {
    return readOpened(found, file)
  } finally {
    closeSync(found)
  }
}

/**
 * The text of what an O_PATH descriptor stands for. It is looked at before it is opened to read: opening a FIFO, a device
 * or a link would already be an effect [CVE-2022-4318 and its class].
 */
export function readOpened(found: number, shownAs: string): string {
  const status = fstatSync(found)
  if (!status.isFile()) throw rootFileFaults.NOT_REGULAR(shownAs)
  if (status.size > LARGEST_FILE) throw rootFileFaults.TOO_LARGE(shownAs)
  const file = openSync(`/proc/self/fd/${found}`, constants.O_RDONLY)
  try {
    const bytes = Buffer.alloc(status.size)
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, 0))
  } finally {
    closeSync(file)
  }
}
