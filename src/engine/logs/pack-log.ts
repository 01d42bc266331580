import { constants } from 'node:fs'
import { type FileHandle, open, readdir, rename, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { step } from '../../base/steps.ts'
import { plainRotated } from './log-names.ts'
import { originMember } from './packed-origin.ts'

/** Quick: it runs beside everything else. */
const LEVEL = 1
/** Each is a member of its own in the packed file, made beside the daemon's own thread (RFC 1952, section 2.2). */
const PIECE_BYTES = 1024 * 1024

const compress = promisify<Uint8Array, { level: number }, Buffer>(gzip)

/** Who renames the files while they are written: told that `inode` lies packed in `path.gz-<inode>`. */
export type LogOwner = { logPacked(inode: number): void }

/**
 * Packs the rotated files of a log that nobody writes any more. The packed file appears whole, under its final name, as the
 * plain one goes; until then it is `path.gz-<inode>`, which the next call replaces. Inodes given to the owner are answered.
 */
export async function packLog(path: string, given: Set<number>, owner?: LogOwner): Promise<void> {
  for (const file of await plainRotated(path)) {
    if (given.has(file.inode)) continue
    const made = `${path}.gz-${file.inode}`
    if (!(await packFile(file, made))) continue
    step()
    given.add(file.inode)
    if (owner) owner.logPacked(file.inode)
    else await replace(file, made)
  }
}

/** What a daemon left that was killed while it packed, of a log that has no owner. */
export async function removeUnfinishedPacks(path: string): Promise<void> {
  const names = await readdir(dirname(path)).catch(() => [])
  const unfinished = names.filter(name => name.startsWith(`${basename(path)}.gz-`))
  await Promise.all(unfinished.map(name => unlink(join(dirname(path), name)).catch(() => {})))
}

async function packFile(file: { path: string; inode: number }, made: string): Promise<boolean> {
  const source = await open(file.path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => undefined)
  if (!source) return false
  try {
    const status = await source.stat()
    // Rotated on in between: it comes again under its new name.
    if (status.ino !== file.inode) return false
    await writePacked(source, made)
    return true
  } catch {
    // A full disk, most likely: it stays as it is.
    await unlink(made).catch(() => {})
    return false
  } finally {
    await source.close()
  }
}

async function writePacked(source: FileHandle, made: string): Promise<void> {
  const { ino, mtimeNs, mode } = await source.stat({ bigint: true })
  await unlink(made).catch(() => {})
  const target = await open(made, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, Number(mode) & 0o777)
  try {
    // Readers know by it that it is the file which they have read already.
    await target.writeFile(originMember({ inode: Number(ino), modified: mtimeNs }))
    const piece = Buffer.allocUnsafe(PIECE_BYTES)
    for (;;) {
      const { bytesRead } = await source.read(piece, 0, PIECE_BYTES, null)
      if (bytesRead === 0) break
      await target.writeFile(await compress(piece.subarray(0, bytesRead), { level: LEVEL }))
    }
    const seconds = Number(mtimeNs) / 1e9
    await target.utimes(seconds, seconds)
    await target.sync()
  } finally {
    await target.close()
  }
}

async function replace(file: { path: string; inode: number }, made: string): Promise<void> {
  if ((await stat(file.path)).ino !== file.inode) return
  step()
  await rename(made, `${file.path}.gz`)
  step()
  await unlink(file.path)
}
