import { describe, expect, test } from 'bun:test'
import { lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { hasKind } from '../../base/faults.ts'
import { startPiped } from '../../host/processes/helper.ts'
import { run } from '../../host/processes/run.ts'
import { MOUNT, mount, UNMOUNT, unmount } from '../../host/syscalls/mount.ts'
import { Blobs } from '../blobs/blobs.ts'
import { type Database, openDatabase } from '../database/database.ts'
import { archiveOf, chunked, collect, sha256, temporary } from '../testing/archive.ts'
import { type LayerSettings, Layers } from './layers.ts'

/** A data root with the store opened in it; everything in the background has ended when it is disposed. */
async function store(settings?: LayerSettings, tmpfs?: string) {
  const at = await temporary()
  if (tmpfs) mount({ source: 'tmpfs', target: at.path, type: 'tmpfs', flags: MOUNT.NO_SUID, data: `size=${tmpfs}` })
  let opened = open(at.path, settings)
  return {
    path: at.path,
    get layers() {
      return opened.layers
    },
    get blobs() {
      return opened.blobs
    },
    get database() {
      return opened.database
    },
    /** As a new daemon finds it. */
    reopen: async () => {
      await opened.layers.settled()
      opened.database.close()
      opened = open(at.path, settings)
      await opened.layers.settled()
    },
    directories: async () => (await readdir(join(at.path, 'layers'))).sort(),
    leftovers: () => readdir(join(at.path, 'tmp')),
    [Symbol.asyncDispose]: async () => {
      await opened.layers.settled()
      opened.database.close()
      if (tmpfs) unmount(at.path, UNMOUNT.DETACH)
      await at[Symbol.asyncDispose]()
    },
  }
}

function open(path: string, settings?: LayerSettings): { layers: Layers; blobs: Blobs; database: Database } {
  const database = openDatabase(join(path, 'berth.db'))
  const blobs = new Blobs(path)
  return { database, blobs, layers: new Layers(path, database, blobs, settings) }
}

const small = archiveOf({ name: 'etc', type: 'directory' }, { name: 'etc/motd', content: 'hello' })
const diffId = sha256(small)
const keep = { keepBlob: true }
const thrownBy = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )

describe('ingest', () => {
  const forms: [string, Buffer][] = [
    ['plain', small],
    ['gzip', gzipSync(small)],
    ['zstd', zstdCompressSync(small)],
    ['gzip in two members', Buffer.concat([gzipSync(small.subarray(0, 700)), gzipSync(small.subarray(700))])],
  ]
  test.each(forms)('unpacks %s, and knows both digests', async (_, bytes) => {
    await using at = await store()
    const layer = await at.layers.ingest(chunked(bytes, 1000), { digest: sha256(bytes), diffId }, keep)
    expect(layer).toEqual({ digest: sha256(bytes), size: bytes.length, diffId, diffSize: small.length, contentSize: 5 })
    expect(await readFile(join(at.layers.lower([diffId])[0]!, 'etc/motd'), 'utf8')).toBe('hello')
    expect((await collect(at.blobs.read(layer.digest, { verify: true }))).equals(bytes)).toBe(true)
  })

  test.each(['xz', 'bzip2'])(
    "undoes %s by the host's program where that is asked for, and refuses it otherwise",
    async program => {
      await using at = await store()
      const file = join(at.path, 'layer')
      await writeFile(file, small)
      await run([program, '--keep', file])
      const bytes = await readFile(`${file}.${program === 'xz' ? 'xz' : 'bz2'}`)
      await expect(at.layers.ingest(chunked(bytes), {}, keep)).rejects.toThrow(`not by ${program}`)
      expect((await at.layers.ingest(chunked(bytes), {}, { ...keep, foreign: true })).diffId).toBe(diffId)
    },
  )

  test('reads a file by itself', async () => {
    await using at = await store()
    await writeFile(join(at.path, 'layer.tar'), small)
    expect((await at.layers.ingest({ file: join(at.path, 'layer.tar') }, {}, { keepBlob: false })).diffId).toBe(diffId)
    expect(at.blobs.list()).toEqual([])
  })

  test('an empty archive and no bytes at all are layers', async () => {
    await using at = await store()
    for (const bytes of [archiveOf(), Buffer.alloc(0)]) {
      expect((await at.layers.ingest(chunked(bytes), {}, keep)).diffId).toBe(sha256(bytes))
    }
  })

  test('a layer is there once, however many bring it at the same time', async () => {
    await using at = await store()
    const bring = (expected: { diffId?: string }) => at.layers.ingest(chunked(small), expected, keep)
    await Promise.all([bring({ diffId }), bring({ diffId }), bring({}), bring({})])
    await at.layers.settled()
    expect(at.layers.list()).toEqual([diffId])
    expect(await at.directories()).toHaveLength(1)
    expect(await at.leftovers()).toEqual([])
  })

  test('gives what GNU tar gives: content, owners, modes, links and times', async () => {
    await using at = await store()
    const tree = join(at.path, 'tree')
    await run(['bash', '-c', TREE, 'bash', tree])
    await run(['tar', '--format=posix', '--xattrs', '-cf', join(at.path, 'a.tar'), '-C', tree, '.'])
    const layer = await at.layers.ingest({ file: join(at.path, 'a.tar') }, {}, { keepBlob: false })
    const list = async (directory: string) => {
      const { stdout } = await run(['bash', '-c', LISTING, 'bash', directory])
      return stdout
    }
    expect(await list(at.layers.directory(layer.diffId))).toBe(await list(tree))
  })
})

/** A tree with something of every kind. */
const TREE = `mkdir -p "$1"/{a/b,empty}; cd "$1"; echo one > a/one; ln a/one a/b/two; ln -s ../one a/b/link; mkfifo pipe
mknod null c 1 3; head -c 3000000 /dev/urandom > big; chmod 4755 a/one; chmod 1777 empty; chown 5:6 big; chown -h 7:8 a/b/link
setfattr -n user.note -v value big 2>/dev/null; setcap cap_net_raw+ep big 2>/dev/null; touch -d 2001-02-03T04:05:06.789 a/b big a; true`
const LISTING = `cd "$1"; find . -printf '%P %y %m %U %G %s %T@ %n %l\\n' | sed 's/ d \\([0-7]*\\) \\([0-9]*\\) \\([0-9]*\\) [0-9]*/ d \\1 \\2 \\3/' | sort
find . -type f | sort | xargs sha256sum; getfattr -R -d -m - . 2>/dev/null | sort`

describe('what is not right is refused, and nothing of it stays', () => {
  const wrong: [string, Buffer, { digest?: string; diffId?: string }, string][] = [
    ['another digest', small, { digest: sha256('x') }, 'filesystem layer verification failed'],
    ['another diffID', gzipSync(small), { diffId: sha256('x') }, 'invalid diffID'],
    ['an archive that is cut off', small.subarray(0, 800), {}, 'unexpected EOF'],
    ['gzip that is cut off', gzipSync(small).subarray(0, -9), {}, 'gzip data is damaged'],
    ['gzip that is damaged', damaged(gzipSync(small)), {}, 'damaged'],
    ['zstd that is cut off', zstdCompressSync(small).subarray(0, -3), {}, 'zstd data is damaged'],
    ['zstd that is damaged', damaged(zstdCompressSync(small)), {}, 'damaged'],
    ['no archive', Buffer.from('{"errors":[]}'.repeat(100)), {}, 'invalid tar header'],
    ['a hostile member', archiveOf({ name: '../x', content: 'x' }), {}, 'outside of the directory'],
  ]
  test.each(wrong)('%s', async (_, bytes, expected, message) => {
    await using at = await store()
    for (let tries = 0; tries < 3; tries++) {
      await expect(at.layers.ingest(chunked(bytes), expected, keep)).rejects.toThrow(message)
    }
    await at.layers.settled()
    expect([at.layers.list(), at.blobs.list(), await at.directories(), await at.leftovers()]).toEqual([[], [], [], []])
    await at.layers.ingest(chunked(small), { diffId }, keep)
  })

  test('a bomb: bytes that no member has', async () => {
    await using at = await store({ limits: { bytes: 2 ** 20, entries: 100 } })
    const bomb = gzipSync(Buffer.concat([small, Buffer.alloc(2 ** 22)]))
    expect(hasKind(await thrownBy(at.layers.ingest(chunked(bomb), {}, keep)), 'exhausted')).toBe(true)
  })

  test('a source that fails', async () => {
    await using at = await store()
    const broken = async function* () {
      yield small.subarray(0, 600)
      throw new Error('connection reset')
    }
    await expect(at.layers.ingest(broken(), {}, keep)).rejects.toThrow('connection reset')
    await at.layers.settled()
    expect([await at.directories(), await at.leftovers()]).toEqual([[], []])
  })

  test('a cancelled one', async () => {
    await using at = await store()
    const cancel = new AbortController()
    const endless = async function* () {
      for (;;) {
        yield small.subarray(0, 512)
        cancel.abort()
        await Bun.sleep(1)
      }
    }
    const thrown = await thrownBy(at.layers.ingest(endless(), {}, { ...keep, signal: cancel.signal }))
    expect(hasKind(thrown, 'cancelled')).toBe(true)
    await at.layers.settled()
    expect(await at.directories()).toEqual([])
  })

  test('one that does not fit on the disk; the space comes back, and the next one fits', async () => {
    await using at = await store(undefined, '8m')
    const big = archiveOf({ name: 'big', content: Buffer.alloc(10 * 2 ** 20, 1) })
    for (const keepBlob of [true, false]) {
      expect(hasKind(await thrownBy(at.layers.ingest(chunked(big), {}, { keepBlob })), 'exhausted')).toBe(true)
      await at.layers.settled()
    }
    expect([await at.directories(), await at.leftovers()]).toEqual([[], []])
    const fitting = archiveOf({ name: 'fits', content: Buffer.alloc(5 * 2 ** 20, 1) })
    await at.layers.ingest(chunked(fitting), {}, { keepBlob: false })
  })
})

describe('a full disk', () => {
  test('does not keep a layer from being removed', async () => {
    await using at = await store(undefined, '8m')
    await at.layers.ingest(chunked(small), {}, keep)
    await run(['dd', 'if=/dev/zero', `of=${join(at.path, 'filler')}`, 'bs=4k'])
    at.layers.remove(diffId)
    await at.layers.settled()
    expect([at.layers.list(), await at.directories()]).toEqual([[], []])
  })
})

describe('a new daemon', () => {
  test('has the layers of the last one', async () => {
    await using at = await store()
    await at.layers.ingest(chunked(small), {}, keep)
    await at.reopen()
    expect([at.layers.has(diffId), at.layers.size(diffId)]).toEqual([true, 5])
  })

  test('removes what a killed one had begun', async () => {
    await using at = await store()
    at.database.run('INSERT INTO layers DEFAULT VALUES')
    await mkdir(join(at.path, 'layers', '1', 'etc'), { recursive: true })
    await mkdir(join(at.path, 'layers', '99'))
    await writeFile(join(at.path, 'tmp', 'layer-1.blob'), 'half')
    await at.reopen()
    expect([at.layers.list(), await at.directories(), await at.leftovers()]).toEqual([[], [], []])
  })

  test('finds nothing of a layer that was arriving when the last one was killed, and no process that works on it', async () => {
    await using at = await store()
    const program = startPiped([process.execPath, join(import.meta.dir, '../testing/slow-ingest.ts'), at.path])
    for await (const line of program.lines) if (line === 'begun') break
    const { stdout } = await run(['pgrep', '-P', String(program.pid)])
    const children = stdout.trim().split('\n')
    expect(children.length).toBeGreaterThan(0)
    program.kill()
    await program.exited
    for (const child of children) while (await isAlive(child)) await Bun.sleep(1)
    await at.reopen()
    expect([at.layers.list(), at.blobs.list(), await at.directories(), await at.leftovers()]).toEqual([[], [], [], []])
  })

  test('drops a layer that had not reached the disk when the power went', async () => {
    await using at = await store()
    await at.layers.ingest(chunked(small), {}, keep)
    await at.layers.settled()
    at.database.run("UPDATE layers SET unsynced = 'another boot'")
    await at.reopen()
    expect([at.layers.has(diffId), at.blobs.list()]).toEqual([false, []])
  })

  test('drops a layer whose directory is gone', async () => {
    await using at = await store()
    await at.layers.ingest(chunked(small), {}, keep)
    await run(['rm', '-rf', at.layers.directory(diffId)])
    await at.reopen()
    expect(at.layers.has(diffId)).toBe(false)
    await at.layers.ingest(chunked(small), { diffId }, keep)
  })
})

describe('layers', () => {
  test('are given topmost first, by short names that no sender chose', async () => {
    await using at = await store()
    const other = archiveOf({ name: 'x' })
    for (const bytes of [small, other]) await at.layers.ingest(chunked(bytes), {}, { keepBlob: false })
    expect(at.layers.lower([diffId, sha256(other)])).toEqual([
      join(at.path, 'layers', '2'),
      join(at.path, 'layers', '1'),
    ])
    expect(() => at.layers.lower([sha256('none')])).toThrow('does not exist')
  })

  test('are gone at once when removed, from the disk soon after, and may come again', async () => {
    await using at = await store()
    await at.layers.ingest(chunked(small), {}, keep)
    at.layers.remove(diffId)
    expect(at.layers.has(diffId)).toBe(false)
    await at.layers.settled()
    expect(await at.directories()).toEqual([])
    await at.layers.ingest(chunked(small), { diffId }, keep)
    expect((await lstat(at.layers.directory(diffId))).isDirectory()).toBe(true)
  })
})

function damaged(bytes: Buffer): Buffer {
  const bad = Buffer.from(bytes)
  const middle = Math.floor(bad.length / 2)
  bad[middle] = bad[middle]! ^ 0xff
  return bad
}

const isAlive = (pid: string) =>
  readFile(`/proc/${pid}/stat`, 'latin1').then(
    stat => !/\) [ZX] /.test(stat),
    () => false,
  )
