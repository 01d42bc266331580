import { type BigIntStats, closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs'
import { type ByteText, byteText, fromBytes, plainText, toBytes } from '../../../base/byte-text.ts'
import { type EntryType, type TarEntry, tarEntry } from '../../../formats/tar/entry.ts'
import { encodeHeader, paddingAfter, TAR_END } from '../../../formats/tar/writer.ts'
import { fileFailure } from '../create-body.ts'

const PIECE_BYTES = 1024 * 1024
const NANOSECONDS = 1_000_000_000n

/** What is at `path` here, with all that is below it, as an archive in which it is called `name`. Sockets are left out. Further names of one file are links. */
export async function* packPath(path: string, name: string): AsyncGenerator<Uint8Array, void> {
  yield* packOne(byteText(path), byteText(name), new Map())
  yield TAR_END
}

async function* packOne(path: ByteText, name: ByteText, seen: Map<string, ByteText>): AsyncGenerator<Uint8Array, void> {
  const status = look(path)
  const type = typeOf(status)
  if (!type) return
  const inode = `${status.dev}:${status.ino}`
  const first = type === 'file' && status.nlink > 1n ? seen.get(inode) : undefined
  const entry = entryOf(path, name, type, status)
  if (first !== undefined) {
    yield encodeHeader({ ...entry, type: 'link', linkName: first, size: 0 })
    return
  }
  if (type === 'file' && status.nlink > 1n) seen.set(inode, name)
  yield encodeHeader(entry)
  if (type === 'file') yield* contentOf(path, entry.size)
  if (type !== 'directory') return
  for (const child of namesIn(path)) yield* packOne(`${path.replace(/\/+$/, '')}/${child}`, `${name}/${child}`, seen)
}

function look(path: ByteText): BigIntStats {
  try {
    return lstatSync(toBytes(path), { bigint: true })
  } catch (failure) {
    throw fileFailure('lstat', plainText(path), failure)
  }
}

function namesIn(path: ByteText): ByteText[] {
  try {
    return readdirSync(toBytes(path), { encoding: 'buffer' }).map(fromBytes).toSorted()
  } catch (failure) {
    throw fileFailure('open', plainText(path), failure)
  }
}

function typeOf(status: BigIntStats): EntryType | undefined {
  if (status.isFile()) return 'file'
  if (status.isDirectory()) return 'directory'
  if (status.isSymbolicLink()) return 'symlink'
  if (status.isCharacterDevice()) return 'character'
  if (status.isBlockDevice()) return 'block'
  return status.isFIFO() ? 'fifo' : undefined
}

function entryOf(path: ByteText, name: ByteText, type: EntryType, status: BigIntStats): TarEntry {
  const isDevice = type === 'character' || type === 'block'
  return tarEntry({
    name,
    type,
    linkName: type === 'symlink' ? fromBytes(readlinkSync(toBytes(path), { encoding: 'buffer' })) : '',
    mode: Number(status.mode) & 0o7777,
    uid: Number(status.uid),
    gid: Number(status.gid),
    size: type === 'file' ? Number(status.size) : 0,
    modified: {
      seconds: Number(status.mtimeNs / NANOSECONDS),
      nanoseconds: Number(status.mtimeNs % NANOSECONDS),
    },
    deviceMajor: isDevice ? Number((status.rdev >> 8n) & 0xfffn) : 0,
    deviceMinor: isDevice ? Number((status.rdev & 0xffn) | ((status.rdev >> 12n) & 0xfff00n)) : 0,
  })
}

/** Exactly as many bytes as the header says, whatever happens to the file meanwhile. */
async function* contentOf(path: ByteText, size: number): AsyncGenerator<Uint8Array, void> {
  let descriptor: number
  try {
    descriptor = openSync(toBytes(path), 'r')
  } catch (failure) {
    throw fileFailure('open', plainText(path), failure)
  }
  try {
    for (let left = size; left > 0; ) {
      const piece = new Uint8Array(Math.min(left, PIECE_BYTES))
      const count = readSync(descriptor, piece)
      if (count === 0) throw new Error(`${plainText(path)}: file has become shorter while it was read`)
      left -= count
      yield piece.subarray(0, count)
    }
  } finally {
    closeSync(descriptor)
  }
  yield paddingAfter(size)
}
