import { constants } from 'node:fs'
import { byteText, plainText } from '../../base/byte-text.ts'
import { close, openInRoot } from '../../host/syscalls/tree.ts'
import { TreeWalk } from '../tree/walk.ts'
import { Extractor } from '../unpack/extractor.ts'
import { splitPath } from '../unpack/names.ts'
import { isArchive, unpackArchive } from './archives.ts'
import { Destination } from './destination.ts'
import { DressingSink } from './dressing-sink.ts'
import { openTree } from './file-tree.ts'
import type { CopyAction } from './requests.ts'
import { excluder, type Picked, partsOf, select } from './select.ts'

const { O_RDONLY, O_DIRECTORY } = constants
const DIRECTORY = O_RDONLY | O_DIRECTORY
const UNLIMITED = { bytes: Number.MAX_SAFE_INTEGER, entries: Number.MAX_SAFE_INTEGER }

/** One COPY or ADD from one view into a root that is held open. */
export class Copying {
  readonly #source: number
  readonly #target: number
  readonly #action: Extract<CopyAction, { act: 'copy' }>
  readonly #destination: Destination
  readonly #excluded: ReturnType<typeof excluder>
  readonly #extractor: Extractor
  readonly #sink: DressingSink

  constructor(source: number, target: number, action: Extract<CopyAction, { act: 'copy' }>) {
    this.#source = source
    this.#target = target
    this.#action = action
    this.#destination = new Destination(target, action.owner)
    this.#excluded = excluder(action.exclude)
    this.#extractor = new Extractor(target, { as: 'copy', noOverwriteDirNonDir: true, limits: UNLIMITED })
    this.#sink = new DressingSink(this.#extractor, action)
  }

  async run(): Promise<void> {
    for (const picked of select(openTree(this.#source), this.#action)) {
      if (picked.keep !== undefined) this.#copyKept(picked, picked.keep)
      else if (picked.isDirectory || !this.#excluded(picked.name, false)) await this.#copyPlain(picked)
    }
    this.#extractor.finish()
  }

  async #copyPlain(picked: Picked): Promise<void> {
    const { destination, unpack } = this.#action
    if (unpack === 'archives' && !picked.isDirectory && (await isArchive(this.#source, picked.path))) {
      const into = this.#openTarget(this.#destination.directory(destination))
      await unpackArchive(this.#source, picked.path, into)
      close(into)
    } else this.#copy(picked, this.#destination.place(destination, picked))
  }

  /** The directories on the way are made like those of the source. */
  #copyKept(picked: Picked, keep: string): void {
    if (this.#excluded(keep, picked.isDirectory)) return
    const base = this.#destination.directory(this.#action.destination)
    const parts = partsOf(keep)
    for (let count = 1; count < parts.length; count++) {
      const below = parts.slice(0, count).join('/')
      const fd = this.#openSource(partsOf(`${picked.pivot}/${below}`).join('/'))
      new TreeWalk(this.#sink).itself(fd, byteText(partsOf(`${base}/${below}`).join('/')))
      close(fd)
    }
    this.#copy(picked, partsOf(`${base}/${keep}`).join('/'))
  }

  #copy({ path, isDirectory, keep }: Picked, to: string): void {
    const as = byteText(to)
    const within = keep === undefined ? '' : `${keep}/`
    const omit = (_directory: number, _name: string, name: string, { mode }: { mode: number }) =>
      this.#excluded(
        within + plainText(name.slice(as === '' ? 0 : as.length + 1)),
        (mode & constants.S_IFMT) === constants.S_IFDIR,
      )
    const walk = new TreeWalk(this.#sink, isDirectory ? { omit } : {})
    if (!isDirectory) {
      const { parent, base } = splitPath(byteText(path))
      const fd = this.#openSource(plainText(parent))
      walk.read(fd, base, as)
      close(fd)
      return
    }
    const fd = this.#openSource(path)
    if (keep !== undefined) walk.itself(fd, as)
    walk.content(fd, as)
    close(fd)
  }

  #openSource = (path: string): number => openInRoot(this.#source, byteText(path), DIRECTORY)
  #openTarget = (path: string): number => openInRoot(this.#target, byteText(path), DIRECTORY)
}
