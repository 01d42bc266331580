import { dlopen, ptr } from 'bun:ffi'
import { type ByteText, fromBytes } from './bytes.ts'
import { check, hasCode } from './call.ts'

const libc = dlopen('libc.so.6', { getdents64: { args: ['i32', 'ptr', 'usize'], returns: 'i32' } }).symbols

const buffer = Buffer.alloc(64 * 1024)
const bufferAt = ptr(buffer)

/**
 * All names of an open directory but `.` and `..`, from where its reading stands, in the order of the file system; none of one that
 * has been removed meanwhile.
 */
export function readNames(directory: number): ByteText[] {
  const names: ByteText[] = []
  for (let length = readSome(directory); length > 0; length = readSome(directory)) collect(length, names)
  return names
}

function readSome(directory: number): number {
  try {
    return check(libc.getdents64(directory, bufferAt, buffer.byteLength), 'getdents64')
  } catch (failure) {
    if (hasCode(failure, 'ENOENT')) return 0
    throw failure
  }
}

const DT_UNKNOWN = 0
const DT_DIRECTORY = 4

/** Names of the directories in an open directory, without `.` and `..`; undefined if it has more entries than one read gives, or does not tell kinds. */
export function fewDirectories(directory: number): ByteText[] | undefined {
  const length = check(libc.getdents64(directory, bufferAt, buffer.byteLength), 'getdents64')
  const names: ByteText[] = []
  for (let at = 0; at < length; at += buffer.readUInt16LE(at + 16)) {
    const kind = buffer[at + 18]
    if (kind === DT_UNKNOWN) return undefined
    const name = fromBytes(buffer.subarray(at + 19, buffer.indexOf(0, at + 19)))
    if (kind === DT_DIRECTORY && name !== '.' && name !== '..') names.push(name)
  }
  return check(libc.getdents64(directory, bufferAt, buffer.byteLength), 'getdents64') === 0 ? names : undefined
}

/** struct linux_dirent64: length at 16, name from 19 to its NUL. */
function collect(length: number, names: ByteText[]): void {
  for (let at = 0; at < length; ) {
    const end = buffer.indexOf(0, at + 19)
    const name = fromBytes(buffer.subarray(at + 19, end))
    if (name !== '.' && name !== '..') names.push(name)
    at += buffer.readUInt16LE(at + 16)
  }
}
