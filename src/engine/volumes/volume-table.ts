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
  `ALTER TABLE volumes ADD COLUMN driver TEXT NOT NULL DEFAULT 'local';
   ALTER TABLE volumes ADD COLUMN options TEXT`,
]

type Row = {
  name: string
  labels: string | null
  created: string
  anonymous: number
  driver: string
  options: string | null
}

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

  insert({ name, labels, created, anonymous, driver, options }: Volume): void {
    this.#database.run(
      'INSERT INTO volumes (name, labels, created, anonymous, driver, options) VALUES (?, ?, ?, ?, ?, ?)',
      name,
      toText(labels),
      created,
      anonymous ? 1 : 0,
      driver,
      toText(options),
    )
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

  /** How many containers hold each volume; none are left out. */
  holderCounts(): Map<string, number> {
    const rows = this.#database.all<{ volume: string; count: number }>(
      'SELECT volume, COUNT(*) AS count FROM volume_holders GROUP BY volume',
    )
    return new Map(rows.map(({ volume, count }) => [volume, count]))
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

const toText = (map: Record<string, string> | null): string | null => (map === null ? null : JSON.stringify(map))
const fromText = (text: string | null): Record<string, string> | null =>
  text === null ? null : (JSON.parse(text) as Record<string, string>)

const fromRow = ({ name, labels, created, anonymous, driver, options }: Row): Volume => ({
  name,
  driver,
  options: fromText(options),
  labels: fromText(labels),
  created,
  anonymous: anonymous === 1,
})
