import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { KeyedLock } from '../../../base/locks.ts'
import { step } from '../../../base/steps.ts'
import { removeDirectory } from '../../../store/tree/remove-directory.ts'
import { buildFaults } from '../faults.ts'

type Card = { key: string; id: string; created: number; used: number; uses: number }
export type StoredCacheMount = Card & { name: string; path: string; inUse: boolean }

export type CacheMountRequest = {
  id: string
  sharing: 'shared' | 'private' | 'locked'
  mode: number
  uid: number
  gid: number
  /** What it begins with. */
  from?: { root: string; path: string }
}
export type HeldCacheMount = { path: string; release: () => void }

/**
 * The directories of `RUN --mount=type=cache`. Their names are numbers of ours: an id is only ever compared [CVE-2024-9675].
 * `locked` lets one step in at a time, `private` gives each of several at once its own, `shared` one to all of them.
 */
export class CacheMounts {
  readonly directory: string
  readonly #cards = new Map<string, Card>()
  readonly #users = new Map<string, number>()
  readonly #locks = new KeyedLock()
  #next = 1

  constructor(dataRoot: string) {
    this.directory = join(dataRoot, 'build', 'cache-mounts')
    mkdirSync(this.directory, { recursive: true, mode: 0o700 })
    for (const name of readdirSync(this.directory)) {
      const card = readCard(join(this.directory, name))
      if (card) this.#cards.set(name, card)
      else void removeDirectory(join(this.directory, name))
      this.#next = Math.max(this.#next, Number(name) + 1 || 1)
    }
  }

  list(): StoredCacheMount[] {
    return [...this.#cards].map(([name, card]) => ({
      ...card,
      name,
      path: this.#files(name),
      inUse: this.#users.has(name),
    }))
  }

  async remove(name: string): Promise<boolean> {
    if (this.#users.has(name) || !this.#cards.delete(name)) return false
    await rm(join(this.directory, name, 'card'), { force: true })
    await removeDirectory(join(this.directory, name))
    return true
  }

  async hold(request: CacheMountRequest, signal: AbortSignal): Promise<HeldCacheMount> {
    const key = createHash('sha256').update(request.id).digest('hex')
    if (request.sharing !== 'locked') return this.#hold(await this.#choose(key, request), () => {})
    const unlock = await this.#lock(key, signal)
    try {
      return this.#hold(await this.#choose(key, request), unlock)
    } catch (failure) {
      unlock()
      throw failure
    }
  }

  /** Resolves with what lets the next one in. */
  #lock(key: string, signal: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const abort = () => reject(buildFaults.CANCELLED({ cause: signal.reason }))
      signal.addEventListener('abort', abort, { once: true })
      void this.#locks.run(key, () => {
        signal.removeEventListener('abort', abort)
        return signal.aborted ? undefined : new Promise<void>(release => resolve(release))
      })
    })
  }

  #hold(name: string, unlock: () => void): HeldCacheMount {
    this.#users.set(name, (this.#users.get(name) ?? 0) + 1)
    const card = this.#cards.get(name)!
    Object.assign(card, { used: Date.now(), uses: card.uses + 1 })
    return {
      path: this.#files(name),
      release: () => {
        const left = (this.#users.get(name) ?? 1) - 1
        if (left > 0) this.#users.set(name, left)
        else this.#users.delete(name)
        writeCard(join(this.directory, name), card)
        unlock()
      },
    }
  }

  async #choose(key: string, request: CacheMountRequest): Promise<string> {
    return await this.#locks.run(`choose ${key}`, async () => {
      for (const [name, card] of this.#cards) {
        if (card.key === key && (request.sharing !== 'private' || !this.#users.has(name))) return name
      }
      return await this.#make(key, request)
    })
  }

  async #make(key: string, { id, mode, uid, gid, from }: CacheMountRequest): Promise<string> {
    const name = String(this.#next++)
    const files = this.#files(name)
    mkdirSync(join(this.directory, name), { mode: 0o700 })
    mkdirSync(files)
    if (from)
      await cp(join(from.root, from.path), files, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
    chownSync(files, uid, gid)
    chmodSync(files, mode)
    step()
    const card = { key, id, created: Date.now(), used: Date.now(), uses: 0 }
    writeCard(join(this.directory, name), card)
    this.#cards.set(name, card)
    return name
  }

  readonly #files = (name: string): string => join(this.directory, name, 'files')
}

function writeCard(path: string, card: Card): void {
  if (!existsSync(path)) return
  writeFileSync(join(path, 'card.new'), JSON.stringify(card), { mode: 0o600 })
  renameSync(join(path, 'card.new'), join(path, 'card'))
}

function readCard(path: string): Card | undefined {
  try {
    return JSON.parse(readFileSync(join(path, 'card'), 'utf8')) as Card
  } catch {
    return undefined
  }
}
