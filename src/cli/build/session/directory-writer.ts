import {
  chmodSync,
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { DirectoryReceiver, ReceivedStat } from '../../../wire/directory/receive-directory.ts'

/**
 * Writes what a build exports into a directory of the user, who owns it all afterwards. What is there and not exported stays.
 * Paths were checked on their way; what is no directory is replaced, never written through.
 */
export class DirectoryWriter implements DirectoryReceiver {
  readonly previous = new Map<string, never>()
  readonly #root: string

  constructor(root: string) {
    this.#root = root
    mkdirSync(root, { recursive: true, mode: 0o755 })
  }

  keep(): void {}

  async directory(path: string, stat: ReceivedStat): Promise<void> {
    const place = join(this.#root, path)
    if (!lstatSync(place, { throwIfNoEntry: false })?.isDirectory()) {
      this.#clear(place)
      mkdirSync(place, { mode: 0o700 })
    }
    chmodSync(place, stat.mode)
  }

  async symlink(path: string, _: ReceivedStat, target: string): Promise<void> {
    const place = join(this.#root, path)
    this.#clear(place)
    symlinkSync(target, place)
  }

  async link(path: string, to: string): Promise<void> {
    const place = join(this.#root, path)
    const source = this.#inside(to)
    this.#clear(place)
    linkSync(source, place)
  }

  file(path: string, stat: ReceivedStat) {
    const place = join(this.#root, path)
    this.#clear(place)
    const descriptor = openSync(place, 'wx', 0o600)
    return {
      write: async (chunk: Uint8Array) => {
        for (let at = 0; at < chunk.length; ) at += writeSync(descriptor, chunk, at)
      },
      end: async () => {
        closeSync(descriptor)
        chmodSync(place, stat.mode)
        const seconds = stat.modified.seconds + stat.modified.nanoseconds / 1e9
        utimesSync(place, seconds, seconds)
      },
    }
  }

  #clear(place: string): void {
    if (lstatSync(place, { throwIfNoEntry: false })) rmSync(place, { recursive: true, force: true })
  }

  /** What a hard link leads to is told by the other side: no step of the way may be a link. */
  #inside(path: string): string {
    const parts = path.split('/')
    if (parts.some(part => part === '' || part === '.' || part === '..'))
      throw new Error(`${path} leads out of the export`)
    for (let way = dirname(path); way !== '.'; way = dirname(way)) {
      if (!lstatSync(join(this.#root, way)).isDirectory()) throw new Error(`${path} leads out of the export`)
    }
    const place = join(this.#root, path)
    if (!lstatSync(place).isFile()) throw new Error(`${path} is no file`)
    return place
  }
}
