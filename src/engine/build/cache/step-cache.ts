import { createHash } from 'node:crypto'
import type { Digest } from '../../../formats/digest/digest.ts'
import type { Database } from '../../../store/database/database.ts'

const MIGRATIONS = [
  `CREATE TABLE build_steps (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     diff_id TEXT NOT NULL,
     description TEXT NOT NULL,
     created INTEGER NOT NULL,
     used INTEGER NOT NULL,
     uses INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE TABLE build_keys (
     key TEXT PRIMARY KEY,
     step INTEGER NOT NULL REFERENCES build_steps (id) ON DELETE CASCADE
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX build_keys_by_step ON build_keys (step);`,
]

/** A step whose layer is kept. Times in ms. */
export type CachedStep = {
  id: number
  diffId: Digest
  description: string
  created: number
  used: number
  uses: number
}

/** The key of what follows from these parts alone. Its order of fields is theirs. */
export const cacheKey = (parts: unknown): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex')

/**
 * Which layer came of which step. A key is a hash over everything that the step's result follows from, the content of the
 * layers below it included: no image, wherever it is from and whatever its history says, can stand in for one that it is not
 * [CVE-2024-24557]. A row is written when the layer is whole, so that a killed daemon leaves none that is wrong.
 */
export class StepCache {
  readonly #database: Database
  readonly #steps = new Map<number, CachedStep>()
  readonly #keys = new Map<string, number>()

  constructor(database: Database) {
    this.#database = database
    database.migrate('build', MIGRATIONS)
    const steps = database.all<CachedStep>(
      'SELECT id, diff_id AS diffId, description, created, used, uses FROM build_steps',
    )
    for (const step of steps) this.#steps.set(step.id, step)
    for (const { key, step } of database.all<{ key: string; step: number }>('SELECT key, step FROM build_keys'))
      this.#keys.set(key, step)
  }

  list(): CachedStep[] {
    return [...this.#steps.values()]
  }

  get(id: number): CachedStep | undefined {
    return this.#steps.get(id)
  }

  find(key: string): CachedStep | undefined {
    const id = this.#keys.get(key)
    return id === undefined ? undefined : this.#steps.get(id)
  }

  use(step: CachedStep): void {
    Object.assign(step, { used: Date.now(), uses: step.uses + 1 })
    this.#database.relaxed.run('UPDATE build_steps SET used = ?, uses = ? WHERE id = ?', step.used, step.uses, step.id)
  }

  /** A step that was made again takes the keys over. */
  put(keys: readonly string[], diffId: Digest, description: string): void {
    const now = Date.now()
    const { relaxed } = this.#database
    const insert = 'INSERT INTO build_steps (diff_id, description, created, used) VALUES (?, ?, ?, ?)'
    const id = relaxed.transaction(() => {
      const made = Number(relaxed.run(insert, diffId, description, now, now).lastInsertRowid)
      for (const key of keys) relaxed.run('INSERT OR REPLACE INTO build_keys (key, step) VALUES (?, ?)', key, made)
      return made
    })
    this.#steps.set(id, { id, diffId, description, created: now, used: now, uses: 0 })
    const before = new Set(keys.map(key => this.#keys.get(key)))
    for (const key of keys) this.#keys.set(key, id)
    this.#dropUnnamed([...before].filter(step => step !== undefined))
  }

  remove(id: number): void {
    this.#database.run('DELETE FROM build_steps WHERE id = ?', id)
    this.#steps.delete(id)
    for (const [key, step] of this.#keys) if (step === id) this.#keys.delete(key)
  }

  #dropUnnamed(ids: number[]): void {
    const named = new Set(this.#keys.values())
    for (const id of ids) if (!named.has(id)) this.remove(id)
  }
}
