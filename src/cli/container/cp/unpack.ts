import {
  chmodSync,
  closeSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  rmSync,
  type Stats,
  symlinkSync,
  writeSync,
} from 'node:fs'
import { type ByteText, byteText, plainText, toBytes } from '../../../base/byte-text.ts'
import type { TarEntry } from '../../../formats/tar/entry.ts'
import { tarMembers } from '../../../formats/tar/members.ts'
import { CommandFailure } from '../../failures.ts'
import { fileFailure } from '../create-body.ts'

/** Owners are not kept, so neither are the rights that go with them: a container must not make programs that run as us. */
const KEPT_MODE = 0o1777

/**
 * Unpacks what a container gave into a directory here. The archive is the container's word: names with `..` are refused,
 * and nothing is written through a symbolic link that came out of the archive itself.
 */
export async function unpackInto(
  directory: string,
  source: AsyncIterable<Uint8Array>,
  rename: (name: ByteText) => ByteText,
): Promise<void> {
  const unpacking = new Unpacking(byteText(directory), rename)
  for await (const { entry, body } of tarMembers(source)) await unpacking.take(entry, body)
  unpacking.finish()
}

type Dated = { path: ByteText; seconds: number; mode: number }

class Unpacking {
  readonly #directory: ByteText
  readonly #rename: (name: ByteText) => ByteText
  readonly #links = new Set<ByteText>()
  /** Directories get their dates and rights last: what is put in them would change the one and might need the other. */
  readonly #directories: Dated[] = []

  constructor(directory: ByteText, rename: (name: ByteText) => ByteText) {
    this.#directory = directory.replace(/\/+$/, '')
    this.#rename = rename
  }

  async take(entry: TarEntry, body: AsyncIterable<Uint8Array>): Promise<void> {
    const path = this.#placeOf(this.#rename(entry.name))
    const before = statusOf(path)
    const isDirectory = entry.type === 'directory'
    if (before) this.#makeRoom(path, before, isDirectory)
    this.#links.delete(path)
    try {
      await this.#make(entry, path, body, before?.isDirectory() === true)
    } catch (failure) {
      if (failure instanceof CommandFailure) throw failure
      throw fileFailure('create', plainText(path), failure)
    }
  }

  finish(): void {
    for (const { path, seconds, mode } of this.#directories.toReversed()) {
      chmodSync(toBytes(path), mode)
      lutimesSync(toBytes(path), seconds, seconds)
    }
  }

  #placeOf(name: ByteText): ByteText {
    const parts = name.split('/').filter(part => part !== '' && part !== '.')
    if (parts.includes('..')) throw refused(name, 'leads out of the destination')
    let path = this.#directory
    for (const [place, part] of parts.entries()) {
      if (this.#links.has(path)) throw refused(name, 'leads through a symbolic link of the archive')
      path += `/${part}`
      if (place < parts.length - 1 && !statusOf(path)) mkdirSync(toBytes(path))
    }
    return path || '/'
  }

  #makeRoom(path: ByteText, before: Stats, isDirectory: boolean): void {
    if (before.isDirectory() === isDirectory) {
      if (!isDirectory) rmSync(toBytes(path))
      return
    }
    const [there, here] = before.isDirectory() ? ['directory', 'non-directory'] : ['non-directory', 'directory']
    const shown = JSON.stringify(plainText(path))
    throw new CommandFailure(`cannot overwrite ${there} ${shown} with ${here} ${shown}`)
  }

  async #make(entry: TarEntry, path: ByteText, body: AsyncIterable<Uint8Array>, isThere: boolean): Promise<void> {
    const mode = entry.mode & KEPT_MODE
    const seconds = entry.modified.seconds + entry.modified.nanoseconds / 1e9
    switch (entry.type) {
      case 'directory':
        if (!isThere) mkdirSync(toBytes(path), { mode: 0o700 })
        this.#directories.push({ path, seconds, mode })
        return
      case 'file':
        await writeContent(path, body)
        chmodSync(toBytes(path), mode)
        lutimesSync(toBytes(path), seconds, seconds)
        return
      case 'symlink':
        symlinkSync(toBytes(entry.linkName), toBytes(path))
        this.#links.add(path)
        return
      case 'link':
        this.#link(entry.linkName, path)
        return
      default:
        throw refused(
          entry.name,
          `is a ${entry.type === 'fifo' ? 'named pipe' : 'device'}, which cannot be copied to here`,
        )
    }
  }

  #link(target: ByteText, path: ByteText): void {
    const source = this.#placeOf(this.#rename(target))
    if (this.#links.has(source) || !statusOf(source)?.isFile()) throw refused(target, 'is no file to link to')
    linkSync(toBytes(source), toBytes(path))
  }
}

function statusOf(path: ByteText): Stats | undefined {
  try {
    return lstatSync(toBytes(path))
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw fileFailure('lstat', plainText(path), failure)
  }
}

/** `wx`: never into a file, or through a link, that is there. */
async function writeContent(path: ByteText, body: AsyncIterable<Uint8Array>): Promise<void> {
  const descriptor = openSync(toBytes(path), 'wx', 0o600)
  try {
    for await (const bytes of body) for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at)
  } finally {
    closeSync(descriptor)
  }
}

const refused = (name: ByteText, reason: string): CommandFailure =>
  new CommandFailure(`unsafe archive from the container: ${JSON.stringify(plainText(name))} ${reason}`)
