import { defineFaults, type Fault } from '../../base/faults.ts'
import { hasCode } from '../../host/syscalls/call.ts'

export const unpackFaults = defineFaults('UNPACK', {
  ESCAPES: {
    kind: 'invalid',
    message: (name: string) => `"${name}" is outside of the directory that the archive is unpacked into`,
  },
  ROOT_REPLACED: {
    kind: 'invalid',
    message: (name: string) => `the archive puts something that is no directory in place of its root: "${name}"`,
  },
  WHITEOUT: { kind: 'invalid', message: (name: string) => `invalid whiteout: "${name}"` },
  LINK_TO_ITSELF: { kind: 'invalid', message: (name: string) => `"${name}" is a hard link to itself` },
  ENTRY: { kind: 'invalid', message: (name: string, why: string) => `cannot unpack "${name}": ${why}` },
  DIRECTORY_BY_OTHER: {
    kind: 'invalid',
    message: (name: string, root: string) => `cannot overwrite directory "${name}" with non-directory "${root}"`,
  },
  OTHER_BY_DIRECTORY: {
    kind: 'invalid',
    message: (name: string, root: string) => `cannot overwrite non-directory "${name}" with directory "${root}"`,
  },
  TOO_MANY_BYTES: {
    kind: 'exhausted',
    message: (most: number) => `the archive unpacks to more than ${most} bytes`,
    hint: 'raise the limit on unpacked layers in the daemon configuration if the image can be trusted',
  },
  TOO_MANY_ENTRIES: { kind: 'exhausted', message: (most: number) => `the archive has more than ${most} members` },
  NO_SPACE: { kind: 'exhausted', message: () => 'no space left on device', hint: 'free some space in the data root' },
  READ_ONLY: { kind: 'forbidden', message: () => 'the file system is read-only' },
  COMPRESSION: { kind: 'invalid', message: (format: string) => `the ${format} data is damaged` },
  NO_PROGRAM: {
    kind: 'unavailable',
    message: (program: string) => `the archive is compressed by ${program}, which is not installed on the host`,
    hint: 'install the Debian package of that name (xz-utils for xz), or compress with gzip or zstd',
  },
  FOREIGN: {
    kind: 'invalid',
    message: (format: string) => `a layer may be compressed by gzip or zstd, not by ${format}`,
  },
  CHILD: { kind: 'internal', message: (what: string) => `the unpacking process ended without a result: ${what}` },
})

/** A failed system call as what the caller can do about it; faults stay what they are. */
export function unpackFault(thrown: unknown, name: string): unknown {
  if (hasCode(thrown, 'ENOSPC', 'EDQUOT')) return unpackFaults.NO_SPACE({ cause: thrown })
  if (hasCode(thrown, 'EROFS')) return unpackFaults.READ_ONLY({ cause: thrown })
  if (!hasCode(thrown, ...BY_THE_ARCHIVE)) return thrown
  return unpackFaults.ENTRY(name, (thrown as Error).message, { cause: thrown }) satisfies Fault
}

/** Failures that the names and kinds in an archive bring about. */
const BY_THE_ARCHIVE = [
  'ENOENT',
  'ENOTDIR',
  'EISDIR',
  'ELOOP',
  'EEXIST',
  'ENAMETOOLONG',
  'EINVAL',
  'EPERM',
  'EMLINK',
  'EXDEV',
  'EBUSY',
  'ETXTBSY',
]
