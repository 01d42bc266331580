import type { Database } from '../../../store/database/database.ts'
import type { BuildRecord } from './build-record.ts'

const MIGRATIONS = [
  `CREATE TABLE build_history (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     ref TEXT NOT NULL UNIQUE,
     started INTEGER NOT NULL,
     record TEXT NOT NULL
   ) STRICT;`,
]

type Row = { id: number; record: string }

/** Builds by the client's name for them. The number is ours, and names the file of the build's output. */
export class HistoryTable {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
    database.migrate('build-history', MIGRATIONS)
  }

  /** The newest first. */
  list(): { id: number; record: BuildRecord }[] {
    return this.#database.all<Row>('SELECT id, record FROM build_history ORDER BY id DESC').map(read)
  }

  get(ref: string): { id: number; record: BuildRecord } | undefined {
    const [row] = this.#database.all<Row>('SELECT id, record FROM build_history WHERE ref = ?', ref)
    return row && read(row)
  }

  /** Of two builds of one name the later one is kept. */
  begin(record: BuildRecord): number {
    const { relaxed } = this.#database
    relaxed.run('DELETE FROM build_history WHERE ref = ?', record.ref)
    const insert = 'INSERT INTO build_history (ref, started, record) VALUES (?, ?, ?)'
    return Number(relaxed.run(insert, record.ref, record.started, JSON.stringify(record)).lastInsertRowid)
  }

  update(id: number, record: BuildRecord): void {
    this.#database.relaxed.run('UPDATE build_history SET record = ? WHERE id = ?', JSON.stringify(record), id)
  }

  remove(id: number): void {
    this.#database.relaxed.run('DELETE FROM build_history WHERE id = ?', id)
  }
}

const read = ({ id, record }: Row) => ({ id, record: JSON.parse(record) as BuildRecord })
