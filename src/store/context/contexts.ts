import { constants, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type ByteText, byteText, plainText } from '../../base/byte-text.ts'
import { newId } from '../../base/ids.ts'
import { logger } from '../../base/log.ts'
import { step } from '../../base/steps.ts'
import { spreadChildren } from '../../host/syscalls/directory-flags.ts'
import { close, openDirectory, openInRoot } from '../../host/syscalls/tree.ts'
import { removeTrees } from '../layers/upkeep.ts'
import { splitPath } from '../unpack/names.ts'
import { removeTree } from '../unpack/remove-tree.ts'
import type { ContextEntry, ContextIndex, ContextWriter } from './context-index.ts'
import { Conversation } from './conversation.ts'
import { contextFaults } from './faults.ts'
import { FrameWriter } from './frame-writer.ts'

const log = logger('build')

/** What a copy of a context is known by. `key`: '' for one that nobody will ask for again. */
type Card = { key: string; name: string; bytes: number; created: number; used: number; uses: number }
export type StoredContext = Card & { id: string; inUse: boolean }

/** Most bytes and members of a context that comes as an archive. */
const LIMITS = { bytes: 2 ** 40, entries: 8_000_000 }

/**
 * Build contexts as they came from clients, one directory each. One with a key is kept, so that the next build of the same directory
 * is sent only what has changed. Whoever opens one has it alone until he lets go: what a step reads is what was hashed.
 */
export class Contexts {
  readonly #directory: string
  readonly #held = new Map<string, number>()
  readonly #cards = new Map<string, Card>()

  constructor(dataRoot: string) {
    this.#directory = join(dataRoot, 'build', 'contexts')
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 })
    spreadChildren(byteText(this.#directory))
    this.#recover()
  }

  /** The copy of the directory with this key, if there is one and nobody uses it, or an empty one. */
  open(key: string, name: string): ContextCopy {
    const id = (key && this.#find(key)) || this.#make(key, name)
    const card = this.#cards.get(id)!
    const hold = () => {
      this.#held.set(id, (this.#held.get(id) ?? 0) + 1)
      return () => this.#release(id, card)
    }
    return new ContextCopy(join(this.#directory, id), card, hold)
  }

  list(): StoredContext[] {
    return [...this.#cards].map(([id, card]) => ({ id, ...card, inUse: this.#held.has(id) }))
  }

  /** False if it is in use. */
  async remove(id: string): Promise<boolean> {
    if (this.#held.has(id) || !this.#cards.delete(id)) return false
    await discard(join(this.#directory, id))
    return true
  }

  #find(key: string): string | undefined {
    for (const [id, card] of this.#cards) if (card.key === key && !this.#held.has(id)) return id
    return undefined
  }

  #make(key: string, name: string): string {
    // Not a number that comes again: ext4 puts equal names into the same part of the disk, where the last copy has just gone.
    const id = newId().slice(0, 16)
    mkdirSync(join(this.#directory, id, 'files'), { recursive: true, mode: 0o700 })
    this.#cards.set(id, { key, name, bytes: 0, created: Date.now(), used: Date.now(), uses: 0 })
    return id
  }

  #release(id: string, card: Card): void {
    const left = (this.#held.get(id) ?? 1) - 1
    if (left > 0) {
      this.#held.set(id, left)
      return
    }
    this.#held.delete(id)
    if (card.key !== '' && existsSync(join(this.#directory, id, 'index'))) return
    this.#cards.delete(id)
    void discard(join(this.#directory, id))
  }

  /** What was being written when the daemon was killed has no index, and is of no use. */
  #recover(): void {
    for (const id of readdirSync(this.#directory)) {
      const card = readCard(join(this.#directory, id))
      if (card) this.#cards.set(id, card)
      else void discard(join(this.#directory, id))
    }
  }
}

async function discard(path: string): Promise<void> {
  try {
    const files = join(path, 'files')
    if (existsSync(files)) await removeTrees([files])
    await rm(path, { recursive: true, force: true })
  } catch (failure) {
    log.warn('a build context could not be removed', { path, error: failure })
  }
}

function readCard(path: string): Card | undefined {
  try {
    const card = JSON.parse(readFileSync(join(path, 'card'), 'utf8')) as Card
    return existsSync(join(path, 'index')) ? card : undefined
  } catch {
    return undefined
  }
}

/** One copy of a context, held by one build and by the steps that read it. */
export class ContextCopy implements Disposable {
  /** The directory with its files. */
  readonly files: string
  readonly #path: string
  readonly #card: Card
  readonly #hold: () => () => void
  readonly #release: () => void
  #index: ContextIndex | undefined

  constructor(path: string, card: Card, hold: () => () => void) {
    this.#path = path
    this.files = join(path, 'files')
    this.#card = card
    this.#hold = hold
    this.#release = hold()
  }

  get index(): ContextIndex {
    this.#index ??= readIndex(this.#path)
    return this.#index
  }

  /** Lets a sender bring it up to date. */
  async sync(send: (writer: ContextWriter) => Promise<void>, signal: AbortSignal): Promise<void> {
    const previous = this.index
    rmSync(join(this.#path, 'index'), { force: true })
    step()
    const child = new Conversation({ root: this.files, act: 'write' }, report => writer.take(report))
    const writer = new FrameWriter(previous, bytes => child.send(bytes))
    await guarded(child, signal, async () => {
      await send(writer)
      await writer.removeRest()
      await writer.flush()
      await child.end()
    })
    this.#keep(writer.index)
  }

  /** Unpacks a tar that is no longer compressed, into the root or into an empty directory that is there (`below`). */
  async unpack(tar: AsyncIterable<Uint8Array>, signal: AbortSignal, below = ''): Promise<void> {
    const index = new Map<string, ContextEntry>(below === '' ? [] : this.index)
    if (below !== '' && index.get(below)?.type !== 'directory') throw contextFaults.ORDER(below)
    const prefix = below === '' ? '' : `${below}/`
    const request = { root: join(this.files, below), act: 'tar' as const, limits: LIMITS }
    const child = new Conversation(request, report => {
      if ('member' in report) index.set(prefix + plainText(report.member), report.entry)
    })
    await guarded(child, signal, async () => {
      for await (const chunk of tar) {
        if (child.hasEnded) break
        await child.send(chunk)
      }
      await child.end()
    })
    this.#keep(index)
  }

  /** Takes single files out of it again. */
  drop(paths: readonly string[]): void {
    const index = new Map(this.index)
    const root = openDirectory(byteText(this.files))
    try {
      for (const path of paths) if (index.delete(path)) removeBelow(root, byteText(path))
    } finally {
      close(root)
    }
    this.#index = index
  }

  /** Stays as it is until this is disposed too: a step may go on for another build when the first has ended. */
  share(): Disposable {
    return { [Symbol.dispose]: this.#hold() }
  }

  [Symbol.dispose](): void {
    this.#release()
  }

  /** The index comes last: without it nothing of the directory is believed. */
  #keep(index: ContextIndex): void {
    this.#index = index
    let bytes = 0
    for (const entry of index.values()) bytes += entry.size
    Object.assign(this.#card, { bytes, used: Date.now(), uses: this.#card.uses + 1 })
    if (this.#card.key === '') return
    writeFileSync(join(this.#path, 'card'), JSON.stringify(this.#card), { mode: 0o600 })
    const file = join(this.#path, 'index')
    writeFileSync(`${file}.new`, JSON.stringify([...index]), { mode: 0o600 })
    step()
    renameSync(`${file}.new`, file)
  }
}

function removeBelow(root: number, path: ByteText): void {
  const { parent, base } = splitPath(path)
  const directory = openInRoot(root, parent, constants.O_RDONLY | constants.O_DIRECTORY)
  removeTree(directory, base)
  close(directory)
}

async function guarded(child: Conversation, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  const stop = () => void child.abandon()
  signal.addEventListener('abort', stop, { once: true })
  try {
    signal.throwIfAborted()
    await work()
  } catch (failure) {
    await child.abandon()
    signal.throwIfAborted()
    throw failure
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function readIndex(path: string): ContextIndex {
  try {
    return new Map(JSON.parse(readFileSync(join(path, 'index'), 'utf8')) as [string, ContextEntry][])
  } catch {
    return new Map()
  }
}
