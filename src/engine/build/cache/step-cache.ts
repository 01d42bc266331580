import type { Digest } from '../../../formats/digest/digest.ts'
import type { Database } from '../../../store/database/database.ts'
import type { Fingerprint } from './key-parts.ts'

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
  // Hashes of what the key was made of, to tell what has changed since.
  'ALTER TABLE build_steps ADD COLUMN parts TEXT',
]

/** A step whose layer is kept. Times in ms. */
export type CachedStep = {
  id: number
  diffId: Digest
  description: string
  created: number
  used: number
  uses: number
  parts: Fingerprint | undefined
}

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
    const steps = database.all<Omit<CachedStep, 'parts'> & { parts: string | null }>(
      'SELECT id, diff_id AS diffId, description, created, used, uses, parts FROM build_steps',
    )
    for (const { parts, ...step } of steps)
      this.#steps.set(step.id, { ...step, parts: parts === null ? undefined : JSON.parse(parts) })
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

  /** The last that was made by this instruction. */
  latest(description: string): CachedStep | undefined {
    return [...this.#steps.values()].findLast(step => step.description === description)
  }

  /** A step that was made again takes the key over; the one that had it is returned. */
  put(key: string, diffId: Digest, description: string, parts: Fingerprint): CachedStep | undefined {
    const now = Date.now()
    const { relaxed } = this.#database
    const before = this.find(key)
    const insert = 'INSERT INTO build_steps (diff_id, description, created, used, parts) VALUES (?, ?, ?, ?, ?)'
    const id = relaxed.transaction(() => {
      const made = Number(relaxed.run(insert, diffId, description, now, now, JSON.stringify(parts)).lastInsertRowid)
      relaxed.run('INSERT OR REPLACE INTO build_keys (key, step) VALUES (?, ?)', key, made)
      if (before) relaxed.run('DELETE FROM build_steps WHERE id = ?', before.id)
      return made
    })
    if (before) this.#steps.delete(before.id)
    this.#steps.set(id, { id, diffId, description, created: now, used: now, uses: 0, parts })
    this.#keys.set(key, id)
    return before
  }

  remove(id: number): void {
    this.#database.run('DELETE FROM build_steps WHERE id = ?', id)
    this.#steps.delete(id)
    for (const [key, step] of this.#keys) if (step === id) this.#keys.delete(key)
  }
}
