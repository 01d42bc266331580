import { constants } from 'node:fs'
import { type Status, statusOf } from '../../host/syscalls/attributes.ts'
import type { ByteText } from '../../host/syscalls/bytes.ts'
import { readNames } from '../../host/syscalls/directory.ts'
import { close, openName } from '../../host/syscalls/tree.ts'
import { isOpaque } from '../unpack/whiteouts.ts'

const { S_IFMT, S_IFDIR, S_IFREG, O_RDONLY, O_DIRECTORY } = constants
const FILES: ReadonlySet<ByteText> = new Set(['etc/hosts', 'etc/hostname', 'etc/resolv.conf'])
const DIRECTORIES: ReadonlySet<ByteText> = new Set(['proc', 'sys', 'dev'])
const PARENT = 'etc'

/**
 * Whether something in a container's writable directory is there only because the runtime needed a place to mount at: the engine's
 * own files and the kernel's file systems. A container cannot have put anything there. Volumes are not meant; Docker, too, tells of
 * their places.
 */
export function isStub(directory: number, name: ByteText, path: ByteText, status: Status): boolean {
  const kind = status.mode & S_IFMT
  if (FILES.has(path)) return kind === S_IFREG && status.size === 0
  if (kind !== S_IFDIR) return false
  if (DIRECTORIES.has(path)) return within(directory, name, fd => readNames(fd).length === 0)
  return path === PARENT && isUsual(status) && within(directory, name, hasOnlyStubs)
}

const isUsual = ({ mode, uid, gid }: Status): boolean => (mode & 0o7777) === 0o755 && uid === 0 && gid === 0

function hasOnlyStubs(etc: number): boolean {
  const names = readNames(etc)
  return (
    names.length > 0 &&
    !isOpaque(etc) &&
    names.every(name => FILES.has(`${PARENT}/${name}`) && isStub(etc, name, `${PARENT}/${name}`, statusOf(etc, name)))
  )
}

function within<T>(directory: number, name: ByteText, look: (fd: number) => T): T {
  const fd = openName(directory, name, O_RDONLY | O_DIRECTORY)
  try {
    return look(fd)
  } finally {
    close(fd)
  }
}
