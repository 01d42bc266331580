import { defineFaults, Fault } from '../../base/faults.ts'

export const databaseFaults = defineFaults('DATABASE', {
  FULL: {
    kind: 'exhausted',
    message: (path: string) => `no space left on device: the database ${path} cannot be written`,
    hint: 'free some space in the data root; removing containers and images still works',
  },
  BUSY: { kind: 'unavailable', message: (path: string) => `the database ${path} is held by another program` },
  READ_ONLY: { kind: 'unavailable', message: (path: string) => `the database ${path} is on a read-only file system` },
  DAMAGED: { kind: 'internal', message: (path: string) => `the database ${path} is damaged` },
  NEWER: {
    kind: 'conflict',
    message: (noun: string, stored: number, known: number) =>
      `the database holds ${noun} in version ${stored}, this program knows version ${known}`,
    hint: 'start the newer program that wrote it, or use another data root',
  },
  FAILED: { kind: 'internal', message: (path: string) => `the database ${path} cannot be used` },
})

/** SQLite's result code in words, or '' for an error that is not SQLite's. */
export function sqliteCode(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  return typeof code === 'string' && code.startsWith('SQLITE_') ? code : ''
}

/** The fault that a full disk is. */
export const isFull = (thrown: unknown): boolean => thrown instanceof Fault && thrown.code === 'DATABASE_FULL'

export const isDamage = (thrown: unknown): boolean => /^SQLITE_(CORRUPT|NOTADB)/.test(sqliteCode(thrown))

/** What a caller can do about a failure of SQLite; anything else (a constraint, a wrong statement, a thrown fault) stays as it is. */
export function databaseFault(thrown: unknown, path: string): unknown {
  const code = sqliteCode(thrown)
  const detail = { cause: thrown }
  if (/^SQLITE_FULL/.test(code)) return databaseFaults.FULL(path, detail)
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) return databaseFaults.BUSY(path, detail)
  if (/^SQLITE_READONLY/.test(code)) return databaseFaults.READ_ONLY(path, detail)
  if (isDamage(thrown)) return databaseFaults.DAMAGED(path, detail)
  if (/^SQLITE_(IOERR|CANTOPEN)/.test(code)) return databaseFaults.FAILED(path, detail) satisfies Fault
  return thrown
}
