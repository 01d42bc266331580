import type { Digest } from '../../formats/digest/digest.ts'
import type { Database } from '../database/database.ts'

/** `diffId` is NULL while the layer arrives. `unsynced` is the boot under which it was written, until the disk has all of it. */
const MIGRATIONS = [
  `CREATE TABLE layers (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     diff_id TEXT UNIQUE,
     digest TEXT,
     size INTEGER NOT NULL DEFAULT 0,
     diff_size INTEGER NOT NULL DEFAULT 0,
     content_size INTEGER NOT NULL DEFAULT 0,
     unsynced TEXT
   ) STRICT`,
  // The layer compressed by us, for registries: a blob beside the one by `digest`.
  'ALTER TABLE layers ADD COLUMN packed_digest TEXT; ALTER TABLE layers ADD COLUMN packed_size INTEGER',
]

/** One layer that is whole. `id` names its directory; ids are never used again. */
export type LayerRow = {
  id: number
  diffId: Digest
  digest: Digest
  size: number
  diffSize: number
  contentSize: number
  packedDigest: Digest | null
  packedSize: number | null
}

const COLUMNS = `id, diff_id AS diffId, digest, size, diff_size AS diffSize, content_size AS contentSize,
  packed_digest AS packedDigest, packed_size AS packedSize`

export class LayerTable {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
    database.migrate('layers', MIGRATIONS)
  }

  begin(): number {
    return Number(this.#database.relaxed.run('INSERT INTO layers DEFAULT VALUES').lastInsertRowid)
  }

  /** False if another has brought the same layer meanwhile. `relaxed`: a power cut may take the row along with the layer. */
  finish(row: LayerRow, boot: string, { relaxed = false } = {}): boolean {
    const database = relaxed ? this.#database.relaxed : this.#database
    return (
      database.run(
        `UPDATE OR IGNORE layers SET diff_id = ?, digest = ?, size = ?, diff_size = ?, content_size = ?, unsynced = ?
         WHERE id = ?`,
        row.diffId,
        row.digest,
        row.size,
        row.diffSize,
        row.contentSize,
        boot,
        row.id,
      ).changes > 0
    )
  }

  packed({ id, packedDigest, packedSize }: LayerRow): void {
    this.#database.run(
      'UPDATE layers SET packed_digest = ?, packed_size = ? WHERE id = ?',
      packedDigest,
      packedSize,
      id,
    )
  }

  synced(id: number): void {
    this.#database.relaxed.run('UPDATE layers SET unsynced = NULL WHERE id = ?', id)
  }

  remove(id: number): void {
    this.#database.run('DELETE FROM layers WHERE id = ?', id)
  }

  /** One that never became whole: a start would drop it, too. */
  drop(id: number): void {
    this.#database.relaxed.run('DELETE FROM layers WHERE id = ?', id)
  }

  whole(): LayerRow[] {
    return this.#database.all<LayerRow>(`SELECT ${COLUMNS} FROM layers WHERE diff_id IS NOT NULL`)
  }

  /** Layers that never became whole. */
  arriving(): number[] {
    return this.#ids('diff_id IS NULL')
  }

  /** Layers that another boot wrote and that may not have reached the disk before the power went. */
  lost(boot: string): LayerRow[] {
    return this.#database.all<LayerRow>(
      `SELECT ${COLUMNS} FROM layers WHERE diff_id IS NOT NULL AND unsynced IS NOT NULL AND unsynced <> ?`,
      boot,
    )
  }

  unsynced(): number[] {
    return this.#ids('diff_id IS NOT NULL AND unsynced IS NOT NULL')
  }

  #ids(where: string): number[] {
    return this.#database.all<{ id: number }>(`SELECT id FROM layers WHERE ${where}`).map(row => row.id)
  }
}
