import type { Database as Sqlite } from 'bun:sqlite'
import { step } from '../../base/steps.ts'
import { databaseFault, isFull } from './faults.ts'

export type Value = string | number | bigint | boolean | null | Uint8Array
export type Changed = { changes: number; lastInsertRowid: number | bigint }

/**
 * One connection to the database. Calls are synchronous and short (a full commit takes about 0.3 ms), statements are cached
 * by their text, values are bound to `?` in order. A failure of the disk or of the file is a fault of `databaseFaults`;
 * a broken constraint is thrown as SQLite's own error.
 */
export class Connection {
  readonly #sqlite: Sqlite
  readonly #path: string
  readonly #makeRoom: () => boolean
  #depth = 0

  /** `makeRoom` gives up space that was kept for a full disk; false if there is none left. */
  constructor(sqlite: Sqlite, path: string, makeRoom: () => boolean = () => false) {
    this.#sqlite = sqlite
    this.#path = path
    this.#makeRoom = makeRoom
  }

  all<Row>(sql: string, ...values: Value[]): Row[] {
    return this.#attempt(() => this.#sqlite.query<Row, Value[]>(sql).all(...values))
  }

  get<Row>(sql: string, ...values: Value[]): Row | undefined {
    return this.#attempt(() => this.#sqlite.query<Row, Value[]>(sql).get(...values)) ?? undefined
  }

  run(sql: string, ...values: Value[]): Changed {
    const once = () => this.#attempt(() => this.#sqlite.query<unknown, Value[]>(sql).run(...values))
    return this.#depth === 0 ? this.#withRoom(once) : once()
  }

  /** Several statements in one text, without values. */
  script(sql: string): void {
    this.#attempt(() => this.#sqlite.run(sql))
  }

  /** All of the work or none of it. The work is synchronous; one inside another becomes a savepoint. */
  transaction<T>(work: () => T): T {
    return this.#depth === 0 ? this.#withRoom(() => this.#whole(work)) : this.#whole(work)
  }

  #whole<T>(work: () => T): T {
    const [begin, commit, undo] = this.#depth === 0 ? OUTER : inner(this.#depth)
    this.#attempt(() => this.#sqlite.run(begin))
    this.#depth++
    try {
      const result = work()
      if (result instanceof Promise) throw new TypeError('the work of a transaction must be synchronous')
      this.#attempt(() => this.#sqlite.run(commit))
      return result
    } catch (failure) {
      this.#undo(undo)
      throw failure
    } finally {
      this.#depth--
    }
  }

  close(): void {
    this.#sqlite.close()
  }

  /** SQLite has already undone the transaction by itself after some failures (a full disk is one). */
  #undo(sql: string): void {
    if (this.#sqlite.inTransaction) this.#attempt(() => this.#sqlite.run(sql))
  }

  /** Removing things has to work on a full disk, and needs a little of it. */
  #withRoom<T>(work: () => T): T {
    try {
      return work()
    } catch (failure) {
      if (!isFull(failure) || !this.#makeRoom()) throw failure
      return work()
    }
  }

  #attempt<T>(work: () => T): T {
    try {
      return work()
    } catch (thrown) {
      throw databaseFault(thrown, this.#path)
    } finally {
      step()
    }
  }
}

const OUTER = ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK'] as const
const inner = (depth: number) =>
  [`SAVEPOINT s${depth}`, `RELEASE s${depth}`, `ROLLBACK TO s${depth}; RELEASE s${depth}`] as const
