import { describe, expect, test } from 'bun:test'
import { copyFile, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hasKind } from '../../base/faults.ts'
import { openDatabase } from './database.ts'

async function place() {
  const directory = await mkdtemp(join(tmpdir(), 'berth-database-'))
  const path = join(directory, 'berth.db')
  return { directory, path, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) }
}

const THINGS = ['CREATE TABLE things (name TEXT PRIMARY KEY, bytes BLOB) STRICT']

describe('openDatabase', () => {
  test('keeps rows over a reopening, binary ones too', async () => {
    await using at = await place()
    {
      using database = openDatabase(at.path)
      database.migrate('things', THINGS)
      database.run('INSERT INTO things VALUES (?, ?)', 'a', new Uint8Array([0, 255]))
    }
    using again = openDatabase(at.path)
    expect(again.get<{ bytes: Uint8Array }>('SELECT bytes FROM things')?.bytes).toEqual(new Uint8Array([0, 255]))
  })

  test('a relaxed write is seen by the full connection at once', async () => {
    await using at = await place()
    using database = openDatabase(at.path)
    database.migrate('things', THINGS)
    database.relaxed.run('INSERT INTO things VALUES (?, NULL)', 'a')
    expect(database.all<{ name: string }>('SELECT name FROM things').map(row => row.name)).toEqual(['a'])
  })

  test('applies each migration once, and only the new ones', async () => {
    await using at = await place()
    using database = openDatabase(at.path)
    database.migrate('things', THINGS)
    database.migrate('things', [...THINGS, 'ALTER TABLE things ADD COLUMN more INTEGER'])
    database.migrate('things', [...THINGS, 'ALTER TABLE things ADD COLUMN more INTEGER'])
    database.run('INSERT INTO things (name, more) VALUES (?, ?)', 'a', 1)
  })

  test('a migration that fails changes nothing', async () => {
    await using at = await place()
    using database = openDatabase(at.path)
    expect(() => database.migrate('things', [...THINGS, 'CREATE TABLE broken'])).toThrow()
    database.migrate('things', THINGS)
  })

  test('refuses tables of a newer program', async () => {
    await using at = await place()
    using database = openDatabase(at.path)
    database.migrate('things', [...THINGS, 'CREATE TABLE more (a)'])
    expect(() => database.migrate('things', THINGS)).toThrow('things in version 2')
  })

  test('an undamaged log left by a killed process is taken over', async () => {
    await using at = await place()
    using database = openDatabase(at.path)
    database.migrate('things', THINGS)
    database.run('INSERT INTO things VALUES (?, NULL)', 'a')
    const copy = join(at.directory, 'copy.db')
    await copyFile(at.path, copy)
    await copyFile(`${at.path}-wal`, `${copy}-wal`)
    using taken = openDatabase(copy)
    expect(taken.get('SELECT name FROM things')).toEqual({ name: 'a' })
    expect(taken.setAside).toBeUndefined()
  })
})

describe('damage', () => {
  test('a file that is no database is set aside, named, and replaced', async () => {
    await using at = await place()
    await writeFile(at.path, 'x'.repeat(8192))
    using database = openDatabase(at.path)
    database.migrate('things', THINGS)
    expect(database.setAside).toStartWith(`${at.path}.damaged-`)
    expect(await readdir(at.directory)).toContain(database.setAside!.slice(at.directory.length + 1))
  })

  test('a truncated database is set aside', async () => {
    await using at = await place()
    {
      using database = openDatabase(at.path)
      database.migrate('things', THINGS)
      for (let i = 0; i < 200; i++)
        database.relaxed.run('INSERT INTO things VALUES (?, ?)', `n${i}`, new Uint8Array(500))
    }
    await truncate(at.path, 8192)
    using database = openDatabase(at.path)
    expect(database.setAside).toBeDefined()
  })

  test('a directory in its place is a fault that names it, not a loop', async () => {
    await using at = await place()
    expect(() => openDatabase(at.directory)).toThrow(at.directory)
  })
})

describe('faults', () => {
  test('a full database is kind exhausted, and the transaction is undone', async () => {
    await using at = await place()
    using database = openDatabase(at.path)
    database.migrate('things', THINGS)
    database.get('PRAGMA max_page_count = 8')
    const fill = () =>
      database.transaction(() => {
        for (let i = 0; i < 100; i++) database.run('INSERT INTO things VALUES (?, ?)', `n${i}`, new Uint8Array(4000))
      })
    expect(caught(fill)).toSatisfy((thrown: unknown) => hasKind(thrown, 'exhausted'))
    expect(database.get('SELECT count(*) AS n FROM things')).toEqual({ n: 0 })
    database.run('INSERT INTO things VALUES (?, NULL)', 'small')
  })

  test('a broken constraint stays what SQLite says', async () => {
    await using at = await place()
    using database = openDatabase(at.path)
    database.migrate('things', THINGS)
    database.run('INSERT INTO things VALUES (?, NULL)', 'a')
    expect(() => database.run('INSERT INTO things VALUES (?, NULL)', 'a')).toThrow('UNIQUE')
  })
})

describe('transaction', () => {
  test('an inner failure that is caught leaves the outer work standing', async () => {
    await using at = await place()
    using database = openDatabase(at.path)
    database.migrate('things', THINGS)
    database.transaction(() => {
      database.run('INSERT INTO things VALUES (?, NULL)', 'outer')
      caught(() =>
        database.transaction(() => {
          database.run('INSERT INTO things VALUES (?, NULL)', 'inner')
          throw new Error('no')
        }),
      )
    })
    expect(database.all('SELECT name FROM things')).toEqual([{ name: 'outer' }])
  })

  test('asynchronous work is refused and undone', async () => {
    await using at = await place()
    using database = openDatabase(at.path)
    expect(() => database.transaction(async () => {})).toThrow('synchronous')
    database.transaction(() => {})
  })
})

function caught(work: () => unknown): unknown {
  try {
    return work()
  } catch (thrown) {
    return thrown
  }
}
