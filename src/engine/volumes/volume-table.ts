import type { Database } from '../../store/database/database.ts'
import type { Volume } from './volume.ts'

const MIGRATIONS = [
  `CREATE TABLE volumes (
     name TEXT PRIMARY KEY, labels TEXT, created TEXT NOT NULL, anonymous INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE volume_holders (
     volume TEXT NOT NULL, container TEXT NOT NULL, PRIMARY KEY (volume, container)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX volume_holders_by_container ON volume_holders (container)`,
]

type Row = { name: string; labels: string | null; created: string; anonymous: number }

/** Volumes and which containers hold them. A holder may be recorded for a container that never comes to be: recovery drops it. */
export class VolumeTable {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
    database.migrate('volumes', MIGRATIONS)
  }

  all(): Volume[] {
    return this.#database.all<Row>('SELECT * FROM volumes ORDER BY name').map(fromRow)
  }

  find(name: string): Volume | undefined {
    const row = this.#database.get<Row>('SELECT * FROM volumes WHERE name = ?', name)
    return row && fromRow(row)
  }

  insert({ name, labels, created, anonymous }: Volume): void {
    const text = labels === null ? null : JSON.stringify(labels)
    this.#database.run('INSERT INTO volumes VALUES (?, ?, ?, ?)', name, text, created, anonymous ? 1 : 0)
  }

  delete(name: string): void {
    this.#database.transaction(() => {
      this.#database.run('DELETE FROM volumes WHERE name = ?', name)
      this.#database.run('DELETE FROM volume_holders WHERE volume = ?', name)
    })
  }

  hold(name: string, container: string): void {
    this.#database.relaxed.run('INSERT OR IGNORE INTO volume_holders VALUES (?, ?)', name, container)
  }

  letGo(container: string): void {
    this.#database.relaxed.run('DELETE FROM volume_holders WHERE container = ?', container)
  }

  holders(name: string): string[] {
    const rows = this.#database.all<{ container: string }>(
      'SELECT container FROM volume_holders WHERE volume = ? ORDER BY container',
      name,
    )
    return rows.map(({ container }) => container)
  }

  heldBy(container: string): Volume[] {
    const sql = 'SELECT volumes.* FROM volumes JOIN volume_holders ON volume = name WHERE container = ? ORDER BY name'
    return this.#database.all<Row>(sql, container).map(fromRow)
  }

  /** Every container that is recorded as a holder. */
  allHolders(): string[] {
    return this.#database
      .all<{ container: string }>('SELECT DISTINCT container FROM volume_holders')
      .map(({ container }) => container)
  }
}

const fromRow = ({ name, labels, created, anonymous }: Row): Volume => ({
  name,
  driver: 'local',
  labels: labels === null ? null : (JSON.parse(labels) as Record<string, string>),
  created,
  anonymous: anonymous === 1,
})
