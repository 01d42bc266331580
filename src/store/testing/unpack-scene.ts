import { lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { TarParser } from '../../formats/tar/parser.ts'
import { attributeOf } from '../../host/syscalls/attributes.ts'
import { close, openDirectory } from '../../host/syscalls/tree.ts'
import { type ExtractOptions, Extractor } from '../unpack/extractor.ts'
import { archiveOf, type Member, temporary } from './archive.ts'

const LIMITS = { bytes: 2 ** 30, entries: 10_000 }

/** A directory to unpack into, with something beside it that no archive may touch. */
export async function scene() {
  const at = await temporary()
  const root = join(at.path, 'root')
  await mkdir(root)
  await mkdir(join(at.path, 'outside'))
  await writeFile(join(at.path, 'outside', 'secret'), 'untouched', { mode: 0o600 })
  const secret = async () => {
    const path = join(at.path, 'outside', 'secret')
    const { mode, nlink } = await lstat(path)
    return [await readFile(path, 'utf8'), mode & 0o7777, nlink, await readdir(join(at.path, 'outside'))]
  }
  return { ...at, root, secret, [Symbol.asyncDispose]: () => at[Symbol.asyncDispose]() }
}

export const UNTOUCHED = ['untouched', 0o600, 1, ['secret']]

export function unpack(root: string, members: Member[], options: Partial<ExtractOptions> = {}): void {
  const fd = openDirectory(root)
  const extractor = new Extractor(fd, { as: 'layer', limits: LIMITS, ...options })
  try {
    const parser = new TarParser(extractor)
    parser.push(archiveOf(...members))
    parser.end()
    extractor.finish()
  } finally {
    extractor.dispose()
    close(fd)
  }
}

export function attribute(directory: string, name: string, key: string): Uint8Array | undefined {
  const fd = openDirectory(directory)
  try {
    return attributeOf(fd, name, key)
  } finally {
    close(fd)
  }
}
