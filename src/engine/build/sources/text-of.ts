import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { byteText } from '../../../base/byte-text.ts'
import { hasCode } from '../../../host/syscalls/call.ts'
import { close, O_PATH, openDirectory, openInRoot } from '../../../host/syscalls/tree.ts'
import type { ContextCopy } from '../../../store/context/contexts.ts'
import { buildFaults } from '../faults.ts'

const LARGEST = 16 * 1024 * 1024

/**
 * The text of a file of a context; undefined if there is none. Links stay inside of the context, and nothing but a regular file is opened
 * [CVE-2022-4122, CVE-2022-4123].
 */
export function textOf(copy: ContextCopy, name: string): string | undefined {
  const root = openDirectory(byteText(copy.files))
  try {
    const found = openInRoot(root, byteText(name), O_PATH)
    try {
      return readOpened(found, name)
    } finally {
      close(found)
    }
  } catch (failure) {
    if (hasCode(failure, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG')) return undefined
    throw failure
  } finally {
    close(root)
  }
}

function readOpened(found: number, name: string): string | undefined {
  const status = fstatSync(found)
  if (!status.isFile()) return undefined
  if (status.size > LARGEST) throw buildFaults.DOCKERFILE_SIZE(name)
  const file = openSync(`/proc/self/fd/${found}`, constants.O_RDONLY)
  try {
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}
