import { constants } from 'node:fs'
import type { ByteText, TarEntry } from '../../formats/tar/entry.ts'
import { hasCode } from '../../host/syscalls/call.ts'

const { S_IFCHR, S_IFBLK, S_IFIFO } = constants
const KINDS: Partial<Record<TarEntry['type'], number>> = { character: S_IFCHR, block: S_IFBLK, fifo: S_IFIFO }
/** The mode for mknod(2) of what is no file, directory or link. */
export const nodeMode = (entry: TarEntry) => (KINDS[entry.type] ?? S_IFIFO) | entry.mode

/** Attributes by which overlay finds its way are nothing that an archive may set: they make it look up other names, or none. */
const CONTROL = /^(trusted|user)\.overlay\./

/** Sets one extended attribute of a member; one that cannot be had here is left out. */
export function tolerate(name: ByteText, set: () => void): void {
  if (CONTROL.test(name)) return
  try {
    set()
  } catch (failure) {
    // A file system without attributes of this kind, or `user.` on what is no file: left out, as Docker does.
    if (!hasCode(failure, 'EOPNOTSUPP', 'EPERM', 'EINVAL', 'ERANGE', 'E2BIG', 'ENAMETOOLONG')) throw failure
  }
}
