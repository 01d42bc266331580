import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import type { Finding } from '../../base/finding.ts'
import { KeyedLock } from '../../base/locks.ts'
import { logger } from '../../base/log.ts'
import { step } from '../../base/steps.ts'
import { type Digest, digestOf } from '../../formats/digest/digest.ts'
import { byteText } from '../../host/syscalls/bytes.ts'
import { spreadChildren } from '../../host/syscalls/directory-flags.ts'
import { withoutForeignCompression } from '../archives/decompress.ts'
import type { Blobs } from '../blobs/blobs.ts'
import type { CopyAction, Stamp } from '../copy/requests.ts'
import type { Database } from '../database/database.ts'
import type { Packed, PackRequest } from '../pack/requests.ts'
import { removeDirectory } from '../tree/remove-directory.ts'
import { examineLayers, HALF_BLOB } from './examine-layers.ts'
import { layerFaults } from './faults.ts'
import { LayerContent } from './layer-content.ts'
import { type LayerRow, LayerTable } from './layer-table.ts'
import { prepareSpareChild } from './spare-child.ts'
import { type LayerSource, pack, unpack } from './unpacking.ts'
import { removeTrees, syncTree } from './upkeep.ts'

export type { LayerSource }

/** `digest` and `size` are of the bytes as they came, `diffId` and `diffSize` of the tar; `contentSize` is the bytes in files. */
export type LayerIngested = { digest: Digest; size: number; diffId: Digest; diffSize: number; contentSize: number }

export type IngestOptions = {
  /** Also keep the bytes as they came, as a blob. */
  keepBlob: boolean
  signal?: AbortSignal
  /** Take xz and bzip2 too, undone by the host's programs (load and import; registries may not send them). The blob is then the plain tar. */
  foreign?: boolean
}

export type LayerSettings = {
  /** Most bytes that one layer may unpack to, and most members it may have. */
  limits: { bytes: number; entries: number }
}

export const USUAL_LAYER_SETTINGS: LayerSettings = { limits: { bytes: 2 ** 40, entries: 8_000_000 } }

/** The diff id of a layer without members: 1024 zero bytes. Docker's images do not hold it (`empty_layer` in the history). */
export const EMPTY_LAYER: Digest = digestOf(new Uint8Array(1024))

const log = logger('layers')

/**
 * Unpacked layers, one directory each, shared by every image that has the layer whatever is below it. A layer is there
 * whole or not at all: it is known only when its row in the database says so, which comes last. The directory's name is a
 * number of ours, never anything that a sender chose, and short, so that many fit into one mount.
 */
export class Layers {
  readonly #directory: string
  readonly #temporary: string
  /** The layers as blobs and tars. */
  readonly content: LayerContent
  readonly #table: LayerTable
  readonly #blobs: Blobs
  readonly #settings: LayerSettings
  readonly #boot: string
  readonly #whole = new Map<string, LayerRow>()
  readonly #arriving = new KeyedLock()
  readonly #background = new Set<Promise<unknown>>()
  readonly #unsynced: number[] = []
  #syncing: ReturnType<typeof setTimeout> | undefined

  /** Opens the store and puts right what a killed daemon or a power cut has left. */
  constructor(dataRoot: string, database: Database, blobs: Blobs, settings: LayerSettings = USUAL_LAYER_SETTINGS) {
    this.#directory = join(dataRoot, 'layers')
    this.#temporary = join(dataRoot, 'tmp')
    for (const path of [this.#directory, this.#temporary]) mkdirSync(path, { recursive: true, mode: 0o710 })
    spreadChildren(byteText(this.#directory))
    this.#table = new LayerTable(database)
    this.#blobs = blobs
    this.#settings = settings
    this.content = new LayerContent({
      table: this.#table,
      blobs,
      temporary: this.#temporary,
      find: diffId => this.#whole.get(diffId),
      directory: this.#path,
    })
    this.#boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
    this.#recover()
  }

  has(diffId: string): boolean {
    return this.#whole.has(diffId)
  }

  /** The directories of these layers (given lowest first, as an image config has them), topmost first, as a mount takes them. */
  lower(diffIds: readonly string[]): string[] {
    // Overlay takes no directory twice; the topmost occurrence is what counts. An empty layer shows nothing.
    const shown = new Set([...diffIds].reverse())
    if (shown.size > 1) shown.delete(EMPTY_LAYER)
    return [...shown].map(diffId => this.directory(diffId))
  }

  directory(diffId: string): string {
    return this.#path(this.#row(diffId).id)
  }

  /** Bytes in the files of the layer, which is what Docker counts as its size. */
  size(diffId: string): number {
    return this.#row(diffId).contentSize
  }

  /** All that is known of a layer that is here. */
  get(diffId: string): LayerIngested | undefined {
    const row = this.#whole.get(diffId)
    return row && withoutId(row)
  }

  /** A layer that came with these bytes, whether or not they are still kept as a blob. */
  byDigest(digest: string): LayerIngested | undefined {
    for (const row of this.#whole.values()) if (row.digest === digest) return withoutId(row)
    return undefined
  }

  list(): string[] {
    return [...this.#whole.keys()]
  }

  /**
   * Reads one layer (gzip, zstd or plain by its first bytes), checks it against what is expected of it, and unpacks it.
   * Two who bring the same `diffId` at once share the work; the source of the second is then not read. A source that is
   * not read to its end has its iterator closed.
   */
  async ingest(source: LayerSource, expect: Expected, options: IngestOptions): Promise<LayerIngested> {
    if (expect.diffId === undefined) return await this.#ingest(source, expect, options)
    return await this.#arriving.run(
      expect.diffId,
      () => this.#known(expect, options) ?? this.#ingest(source, expect, options),
    )
  }

  /** To be told a little before `adoptUpper`: it is quicker then. */
  expectUpper(): void {
    prepareSpareChild()
  }

  /**
   * Makes the writable directory of an overlay into a layer, by renaming it into place: for a build, whose directory nobody else
   * uses. The overlay has to be unmounted, the directory on the file system of the data root, and it is gone afterwards, also if
   * this fails or the daemon is killed meanwhile. What cannot be in a layer (sockets, names that begin with `.wh.`) is left out, and with `hasRun` what the runtime of
   * a container that ran on it made to mount at. The
   * layer has no blob: `digest` is that of its tar, which `content.read` makes anew. No changes give the empty layer (`EMPTY_LAYER`).
   */
  async adoptUpper(
    upper: string,
    options: { hasRun?: boolean; signal?: AbortSignal; stamp?: Stamp } = {},
  ): Promise<LayerIngested> {
    const { hasRun = false, stamp } = options
    return await this.#fromUpper(options.signal, root => {
      renameSync(upper, root)
      step()
      return { pack: 'adopt', upper: root, hasRun, ...(stamp && { stamp }) }
    })
  }

  /**
   * A layer of files that are copied together, over the layers that they go onto (given lowest first), or by itself. `work` is an
   * empty directory on the same file system. What the clock stamped from `stamp.since` on gets the time `stamp.to`.
   */
  async assemble(
    wanted: { over?: { diffIds: readonly string[]; work: string }; actions: CopyAction[]; stamp: Stamp },
    signal?: AbortSignal,
  ): Promise<LayerIngested> {
    const { over, actions, stamp } = wanted
    const below = over && { lower: this.lower(over.diffIds), work: over.work }
    return await this.#fromUpper(signal, root => {
      mkdirSync(root, { mode: 0o755 })
      return { pack: 'assemble', root, ...(below && { over: below }), mountpoint: this.#temporary, actions, stamp }
    })
  }

  /** The same by a copy, for the directory of a container, which stays and may change meanwhile. */
  async copyUpper(upper: string, options: { signal?: AbortSignal } = {}): Promise<LayerIngested> {
    return await this.#fromUpper(options.signal, root => {
      mkdirSync(root, { mode: 0o755 })
      return { pack: 'copy', upper, root, limits: this.#settings.limits }
    })
  }

  /** Forgets the layer at once; its directory goes in the background (`settled`). No container may use it any more. */
  remove(diffId: string): void {
    const row = this.#whole.get(diffId)
    if (row === undefined) return
    this.#table.remove(row.id)
    this.#whole.delete(diffId)
    this.#discard([this.#path(row.id)])
  }

  /** Rows without their directories, directories and blobs on their way without rows. */
  examine(): Promise<Finding[]> {
    return examineLayers({
      rows: [...this.#whole.values()],
      directory: this.#directory,
      temporary: this.#temporary,
      arriving: this.#table.arriving(),
      drop: row => this.#drop(row),
    })
  }

  /** Resolves when removals and writing to the disk that still go on in the background have ended. */
  async settled(): Promise<void> {
    this.#syncNow()
    while (this.#background.size > 0) await Promise.all(this.#background)
  }

  #known(expect: Expected, options: IngestOptions): LayerIngested | undefined {
    const row = this.#whole.get(expect.diffId!)
    if (row === undefined) return undefined
    const { digest } = expect
    if (options.keepBlob && !(digest !== undefined && this.#blobs.has(digest))) return undefined
    return { ...withoutId(row), ...(digest === undefined ? {} : { digest: digest as Digest }) }
  }

  async #ingest(source: LayerSource, expect: Expected, options: IngestOptions): Promise<LayerIngested> {
    const id = this.#table.begin()
    const root = this.#path(id)
    const blob = options.keepBlob ? join(this.#temporary, `layer-${id}.blob`) : undefined
    try {
      mkdirSync(root, { mode: 0o755 })
      const request = { root, blob, limits: this.#settings.limits }
      const { done, synced } = await unpack(request, options.foreign ? plainer(source) : source, options.signal)
      this.#keep(this.#afterSync(id, synced))
      verify(done, expect)
      if (blob !== undefined) this.#blobs.adopt(blob, done.digest)
      this.#adopt(id, done)
      return pick(done)
    } catch (failure) {
      this.#discard(blob === undefined ? [root] : [root, blob])
      this.#forget(id)
      throw failure
    }
  }

  async #fromUpper(signal: AbortSignal | undefined, prepare: (root: string) => PackRequest): Promise<LayerIngested> {
    const id = this.#table.begin()
    const root = this.#path(id)
    try {
      const { done } = await pack<Packed>(prepare(root), signal)
      if (this.#adopt(id, { ...done, digest: done.diffId, size: done.diffSize }, { relaxed: true })) this.#syncSoon(id)
      return this.get(done.diffId)!
    } catch (failure) {
      this.#discard([root])
      this.#forget(id)
      throw failure
    }
  }

  /** False if the same layer was here already. */
  #adopt(id: number, unpacked: LayerIngested, options: { relaxed?: boolean } = {}): boolean {
    const row: LayerRow = { id, ...pick(unpacked), packedDigest: null, packedSize: null }
    const isNew = !this.#whole.has(row.diffId) && this.#table.finish(row, this.#boot, options)
    if (isNew) this.#whole.set(row.diffId, row)
    else {
      this.#table.drop(id)
      this.#keep(removeDirectory(this.#path(id)))
    }
    return isNew
  }

  /** Layers that are made one after the other reach the disk together: to wait for it after each would slow all that writes. */
  #syncSoon(id: number): void {
    this.#unsynced.push(id)
    this.#syncing ??= setTimeout(() => this.#syncNow(), SYNC_AFTER_MS)
  }

  #syncNow(): void {
    clearTimeout(this.#syncing)
    this.#syncing = undefined
    const ids = this.#unsynced.splice(0).filter(id => existsSync(this.#path(id)))
    if (ids.length > 0) this.#keep(this.#syncAll(ids))
  }

  /** On a full disk the row may have to stay; the next start drops it, as it does after a kill. */
  #forget(id: number): void {
    try {
      this.#table.remove(id)
    } catch (failure) {
      log.warn('the record of a layer that did not arrive could not be removed', { id, error: failure })
    }
  }

  async #afterSync(id: number, synced: Promise<boolean>): Promise<void> {
    if (await synced) this.#table.synced(id)
  }

  #row(diffId: string): LayerRow {
    const row = this.#whole.get(diffId)
    if (row === undefined) throw layerFaults.UNKNOWN(diffId)
    return row
  }

  readonly #path = (id: number): string => join(this.#directory, String(id))

  #discard(paths: string[]): void {
    this.#keep(removeTrees(paths))
  }

  #keep(work: Promise<unknown>): void {
    const done: Promise<unknown> = work
      .catch(failure => log.error('work on layers failed in the background', { error: failure }))
      .finally(() => this.#background.delete(done))
    this.#background.add(done)
  }

  #recover(): void {
    for (const id of this.#table.arriving()) this.#table.remove(id)
    for (const row of this.#table.lost(this.#boot)) {
      log.warn('a layer had not reached the disk when the machine stopped; it is dropped', { diffId: row.diffId })
      this.#table.remove(row.id)
      for (const digest of [row.digest, row.packedDigest]) if (digest !== null) this.#blobs.remove(digest)
    }
    for (const row of this.#table.whole()) this.#take(row)
    this.#sweep()
    const unsynced = this.#table.unsynced()
    if (unsynced.length > 0) this.#keep(this.#syncAll(unsynced))
  }

  #take(row: LayerRow): void {
    if (existsSync(this.#path(row.id))) {
      this.#whole.set(row.diffId, row)
      return
    }
    log.error('the directory of a layer is missing; the layer is dropped', { diffId: row.diffId, id: row.id })
    this.#drop(row)
  }

  #drop({ id, diffId }: LayerRow): void {
    this.#table.remove(id)
    this.#whole.delete(diffId)
  }

  /** Directories without a row, and what was being written beside them. */
  #sweep(): void {
    const known = new Set([...this.#whole.values()].map(row => String(row.id)))
    const orphans = readdirSync(this.#directory).filter(name => !known.has(name))
    const halves = readdirSync(this.#temporary).filter(name => HALF_BLOB.test(name))
    const paths = [
      ...orphans.map(name => join(this.#directory, name)),
      ...halves.map(name => join(this.#temporary, name)),
    ]
    if (paths.length > 0) this.#discard(paths)
  }

  async #syncAll(ids: number[]): Promise<void> {
    await syncTree(this.#directory)
    for (const id of ids) this.#table.synced(id)
  }
}

const plainer = (source: LayerSource) =>
  withoutForeignCompression(
    'file' in source ? createReadStream(source.file, { highWaterMark: FILE_CHUNK_BYTES }) : source,
  )

const SYNC_AFTER_MS = 1000
const FILE_CHUNK_BYTES = 1024 * 1024

type Expected = { digest?: string; diffId?: string }

/** [class] content that does not match its digest. */
function verify(unpacked: LayerIngested, { digest, diffId }: Expected): void {
  if (digest !== undefined && digest !== unpacked.digest) throw layerFaults.DIGEST(digest)
  if (diffId !== undefined && diffId !== unpacked.diffId) throw layerFaults.DIFF_ID(diffId, unpacked.diffId)
}

const pick = ({ digest, size, diffId, diffSize, contentSize }: LayerIngested): LayerIngested => ({
  digest,
  size,
  diffId,
  diffSize,
  contentSize,
})

const withoutId = (row: LayerRow): LayerIngested => pick(row)
