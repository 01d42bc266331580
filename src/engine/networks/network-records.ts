import { newId } from '../../base/ids.ts'
import { logger } from '../../base/log.ts'
import { formatTimestamp, nowNanoseconds } from '../../base/timestamps.ts'
import type { Database } from '../../store/database/database.ts'
import { emptySpec, type NetworkRecord, PREDEFINED, type Predefined } from './network-spec.ts'

const log = logger('networks')

/** `cidr`: the default bridge's address with its prefix, as it was last. `spec`: of a user-defined network. */
const MIGRATIONS = [
  'CREATE TABLE networks (name TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, created TEXT NOT NULL, cidr TEXT) STRICT',
  'ALTER TABLE networks ADD COLUMN spec TEXT',
]
const DRIVERS = { bridge: 'bridge', host: 'host', none: 'null' } as const
type Row = { name: string; id: string; created: string; cidr: string | null; spec: string | null }

/** What must last of the networks. The ids of those that every daemon has are kept too, so that what is stored with containers stays true. */
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

  get(name: Predefined): NetworkRecord & { cidr?: string } {
    const row = this.#database.get<Row>('SELECT name, id, created, cidr, spec FROM networks WHERE name = ?', name)
    if (!row) throw new Error(`the record of network ${name} is gone`)
    const { id, created, cidr } = row
    return { id, name, created, spec: emptySpec(DRIVERS[name]), cidr: cidr ?? undefined }
  }

  /** The user-defined ones. Rows that cannot be read are named in the log and left out. */
  own(): NetworkRecord[] {
    const rows = this.#database.all<Row>('SELECT name, id, created, spec FROM networks WHERE spec IS NOT NULL')
    return rows.flatMap(row => readRow(row) ?? [])
  }

  insert({ id, name, created, spec }: NetworkRecord): void {
    const text = JSON.stringify(spec)
    this.#database.run('INSERT INTO networks (name, id, created, spec) VALUES (?, ?, ?, ?)', name, id, created, text)
  }

  delete(id: string): void {
    this.#database.run('DELETE FROM networks WHERE id = ? AND spec IS NOT NULL', id)
  }

  setCidr(name: string, cidr: string): void {
    this.#database.run('UPDATE networks SET cidr = ? WHERE name = ?', cidr, name)
  }
}

function readRow({ id, name, created, spec }: Row): NetworkRecord | undefined {
  try {
    return { id, name, created, spec: JSON.parse(spec ?? '') }
  } catch (failure) {
    log.error('the row of a network is damaged; it is left out', { network: name, error: failure })
    return undefined
  }
}
