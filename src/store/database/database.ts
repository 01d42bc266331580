import { Database as Sqlite } from 'bun:sqlite'
import { chmodSync, closeSync, existsSync, openSync, renameSync } from 'node:fs'
import { logger } from '../../base/log.ts'
import { Connection } from './connection.ts'
import { databaseFault, databaseFaults, isDamage } from './faults.ts'
import { Reserve } from './reserve.ts'

const log = logger('database')
const BUSY_TIMEOUT_MS = 5000

/**
 * The daemon's one database. The connection itself commits with a full sync: what it has taken survives a power cut.
 * `relaxed` writes the same file without waiting for the disk: its commits survive a killed process, and a power cut only
 * once a later full commit or checkpoint has carried them along.
 */
export class Database extends Connection {
  readonly path: string
  readonly relaxed: Connection
  /** Where a damaged predecessor was put at this opening; the daemon tells the user. */
  readonly setAside: string | undefined
  readonly #reserve: Reserve

  constructor(path: string, setAside?: string) {
    const reserve = new Reserve(`${path}.reserve`)
    super(connect(path, 'FULL'), path, reserve.giveUp)
    this.path = path
    this.#reserve = reserve
    this.setAside = setAside
    this.relaxed = new Connection(connect(path, 'NORMAL'), path, reserve.giveUp)
    this.script('CREATE TABLE IF NOT EXISTS migrations (noun TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT')
  }

  /** Brings the tables of one noun up to date. `migrations` only ever grows at its end: the count applied is the version kept. */
  migrate(noun: string, migrations: readonly string[]): void {
    const stored = this.get<{ version: number }>('SELECT version FROM migrations WHERE noun = ?', noun)?.version ?? 0
    if (stored > migrations.length) throw databaseFaults.NEWER(noun, stored, migrations.length)
    if (stored === migrations.length) return
    this.transaction(() => {
      for (const migration of migrations.slice(stored)) this.script(migration)
      this.run('INSERT OR REPLACE INTO migrations (noun, version) VALUES (?, ?)', noun, migrations.length)
    })
  }

  override close(): void {
    this.#reserve.stop()
    this.relaxed.close()
    super.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

/**
 * Opens or makes the database. One that is damaged is renamed to `<path>.damaged-<time>` (with its log), said so in the log,
 * and a new one takes its place, so that a broken file does not keep the daemon down for ever.
 */
export function openDatabase(path: string): Database {
  try {
    return openSound(path)
  } catch (thrown) {
    if (!isDamage(thrown) && !isDamage(causeOf(thrown))) throw databaseFault(thrown, path)
    return openAfresh(path, thrown)
  }
}

function openAfresh(path: string, damage: unknown): Database {
  const aside = setAside(path)
  log.error('the database was damaged; it has been set aside and a new one begun', { path, aside, error: damage })
  return new Database(path, aside)
}

function openSound(path: string, aside?: string): Database {
  const database = new Database(path, aside)
  try {
    const found = database.get<{ quick_check: string }>('PRAGMA quick_check(1)')?.quick_check
    if (found === 'ok') return database
    throw databaseFaults.DAMAGED(path, { cause: corrupt(found) })
  } catch (failure) {
    database.close()
    throw failure
  }
}

const corrupt = (found: string | undefined) =>
  Object.assign(new Error(found ?? 'no answer'), { code: 'SQLITE_CORRUPT' })
const causeOf = (thrown: unknown): unknown => (thrown instanceof Error ? thrown.cause : undefined)

/** Environments of containers are in it: for root alone, and so the files that SQLite puts beside it. */
function ensurePrivate(path: string): void {
  closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
}

function connect(path: string, synchronous: 'FULL' | 'NORMAL'): Sqlite {
  ensurePrivate(path)
  const sqlite = new Sqlite(path, { create: true, readwrite: true })
  try {
    sqlite.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`)
    sqlite.run('PRAGMA journal_mode = WAL')
    sqlite.run(`PRAGMA synchronous = ${synchronous}`)
    sqlite.run('PRAGMA foreign_keys = ON')
    return sqlite
  } catch (failure) {
    sqlite.close()
    throw failure
  }
}

function setAside(path: string): string {
  const aside = `${path}.damaged-${new Date().toISOString().replaceAll(':', '')}`
  for (const part of ['', '-wal', '-shm']) {
    if (existsSync(path + part)) renameSync(path + part, aside + part)
  }
  return aside
}
