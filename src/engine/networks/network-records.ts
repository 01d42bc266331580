import { newId } from '../../base/ids.ts'
import { formatTimestamp, nowNanoseconds } from '../../base/timestamps.ts'
import type { Database } from '../../store/database/database.ts'

/** What must last of a network. `cidr`: the bridge's address with its prefix, as it was last. */
export type NetworkRecord = { name: string; id: string; created: string; cidr?: string }

const MIGRATIONS = [
  'CREATE TABLE networks (name TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, created TEXT NOT NULL, cidr TEXT) STRICT',
]
export const PREDEFINED = ['bridge', 'host', 'none'] as const

/** The networks that every daemon has. Their ids are kept, so that what is stored with containers stays true. */
export class NetworkRecords {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
    database.migrate('networks', MIGRATIONS)
    for (const name of PREDEFINED) {
      const created = formatTimestamp(nowNanoseconds())
      database.run('INSERT OR IGNORE INTO networks (name, id, created) VALUES (?, ?, ?)', name, newId(), created)
    }
  }

  get(name: (typeof PREDEFINED)[number]): NetworkRecord {
    const row = this.#database.get<{ name: string; id: string; created: string; cidr: string | null }>(
      'SELECT name, id, created, cidr FROM networks WHERE name = ?',
      name,
    )
    if (!row) throw new Error(`the record of network ${name} is gone`)
    return { ...row, cidr: row.cidr ?? undefined }
  }

  setCidr(name: string, cidr: string): void {
    this.#database.run('UPDATE networks SET cidr = ? WHERE name = ?', cidr, name)
  }
}
