import { logger } from '../../base/log.ts'
import type { Database } from '../../store/database/database.ts'
import type { ContainerRecord } from './container.ts'

const log = logger('containers')

/** `body` is what create decided, `life` what changes while it lives: a start writes a few hundred bytes, not all of it. */
const MIGRATIONS = [
  `CREATE TABLE containers (
     id TEXT PRIMARY KEY,
     name TEXT NOT NULL UNIQUE,
     body TEXT NOT NULL,
     life TEXT NOT NULL
   ) STRICT, WITHOUT ROWID`,
]

/**
 * How much a write has to survive. `durable`: a power cut, for what was answered to a client. `relaxed`: the end of the
 * daemon's process, for what the monitor, its exit file, or the kernel can tell again.
 */
export type Promised = 'durable' | 'relaxed'

type Life = Pick<ContainerRecord, 'state' | 'attachment' | 'restartCount' | 'manuallyStopped'>
type Row = { id: string; name: string; body: string; life: string }

/** The containers' table. Memory is the authority; this is what the next daemon begins with. */
export class ContainerRows {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
    database.migrate('containers', MIGRATIONS)
  }

  /** Rows that cannot be read are named in the log and left out. */
  readAll(): ContainerRecord[] {
    const rows = this.#database.all<Row>('SELECT id, name, body, life FROM containers')
    return rows.flatMap(row => readRow(row) ?? [])
  }

  insert(record: ContainerRecord, promised: Promised): void {
    const [body, life] = split(record)
    this.#to(promised).run(
      'INSERT INTO containers (id, name, body, life) VALUES (?, ?, ?, ?)',
      record.id,
      record.name,
      body,
      life,
    )
  }

  /** After rename and update. */
  writeAll(record: ContainerRecord): void {
    const [body, life] = split(record)
    this.#database.run(
      'UPDATE containers SET name = ?, body = ?, life = ? WHERE id = ?',
      record.name,
      body,
      life,
      record.id,
    )
  }

  writeLife(record: ContainerRecord, promised: Promised): void {
    this.#to(promised).run('UPDATE containers SET life = ? WHERE id = ?', JSON.stringify(lifeOf(record)), record.id)
  }

  delete(id: string, promised: Promised): void {
    this.#to(promised).run('DELETE FROM containers WHERE id = ?', id)
  }

  #to(promised: Promised): Pick<Database, 'run'> {
    return promised === 'durable' ? this.#database : this.#database.relaxed
  }
}

const lifeOf = ({ state, attachment, restartCount, manuallyStopped }: ContainerRecord): Life => ({
  state,
  attachment,
  restartCount,
  manuallyStopped,
})

function split(record: ContainerRecord): [body: string, life: string] {
  const { id, name, state, attachment, restartCount, manuallyStopped, ...body } = record
  return [JSON.stringify(body), JSON.stringify(lifeOf(record))]
}

function readRow(row: Row): ContainerRecord | undefined {
  try {
    return { id: row.id, name: row.name, ...JSON.parse(row.body), ...JSON.parse(row.life) }
  } catch (failure) {
    log.error('the row of a container is damaged; it is left out', { container: row.id, error: failure })
    return undefined
  }
}
