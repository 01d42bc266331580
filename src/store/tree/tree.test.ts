import { describe, expect, test } from 'bun:test'
import { lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { tarMembers } from '../../formats/tar/members.ts'
import { run } from '../../host/processes/run.ts'
import { archiveOf, chunked, collect, temporary } from '../testing/archive.ts'
import { type RootSource, Trees, type ViewMount } from './tree.ts'

/** A stopped container of two layers, with a volume; `outside` is a directory of the host that nothing may reach. */
async function scene(change: Partial<ViewMount> = {}) {
  const at = await temporary()
  const below = (name: string) => join(at.path, name)
  for (const name of ['one/etc', 'two/usr/bin', 'upper', 'work', 'volume', 'outside'])
    await mkdir(below(name), { recursive: true })
  await writeFile(below('one/etc/motd'), 'hello')
  await symlink('../etc/motd', below('two/usr/link'))
  await writeFile(below('volume/data'), 'kept')
  await writeFile(below('outside/secret'), 'secret')
  const volume = { source: below('volume'), destination: '/var/lib/data', readOnly: false, ...change }
  const root: RootSource = {
    lower: [below('two'), below('one')],
    upper: below('upper'),
    work: below('work'),
    mounts: [volume],
  }
  return { ...at, below, root, trees: new Trees(at.path) }
}

type Listed = { name: string; type: string; content: string; linkName: string }

async function list(body: AsyncIterable<Uint8Array>): Promise<Listed[]> {
  const listed: Listed[] = []
  for await (const { entry, body: content } of tarMembers(body)) {
    listed.push({
      name: entry.name,
      type: entry.type,
      linkName: entry.linkName,
      content: (await collect(content)).toString(),
    })
  }
  return listed
}
const names = async (body: AsyncIterable<Uint8Array>) => (await list(body)).map(member => member.name)

describe('statPath', () => {
  test("tells what Docker tells: Go's mode bits, where a link leads", async () => {
    await using at = await scene()
    expect(await at.trees.statPath(at.root, '/usr/link')).toMatchObject({
      name: 'link',
      mode: 2 ** 27 + 0o777,
      linkTarget: '/etc/motd',
    })
    expect(await at.trees.statPath(at.root, '/etc/')).toMatchObject({
      name: 'etc',
      mode: 2 ** 31 + 0o755,
      linkTarget: '',
    })
    expect(await at.trees.statPath(at.root, '/')).toMatchObject({ name: '/' })
    expect((await at.trees.statPath(at.root, '/etc/motd')).mtime).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/,
    )
  })

  test('sees volumes, and `..` stays inside', async () => {
    await using at = await scene()
    expect(await at.trees.statPath(at.root, '/var/lib/data/data')).toMatchObject({ size: 4 })
    expect(await at.trees.statPath(at.root, '../../../etc/motd')).toMatchObject({ size: 5 })
  })

  const missing: [string, string, string][] = [
    ['/nothing', 'not-found', 'Could not find the file /nothing'],
    ['/nothing/deeper', 'not-found', 'Could not find the file'],
    ['/etc/motd/', 'invalid', 'not a directory'],
    [`/${'x'.repeat(300)}`, 'invalid', 'file name too long'],
    ['/a\0b', 'invalid', 'NUL'],
  ]
  test.each(missing)('%j is %s', async (path, kind, message) => {
    await using at = await scene()
    const thrown = await at.trees.statPath(at.root, path).catch(failure => failure)
    expect([thrown.kind, thrown.message]).toEqual([kind, expect.stringContaining(message)])
  })
})

describe('readTar', () => {
  test('has one top member, named as the path ends', async () => {
    await using at = await scene()
    const read = async (path: string) => await names((await at.trees.readTar(at.root, path)).body)
    expect(await read('/etc')).toEqual(['etc', 'etc/motd'])
    expect(await read('/etc/.')).toEqual(['.', './motd'])
    expect(await read('/etc/motd')).toEqual(['motd'])
    expect(await read('/usr/link')).toEqual(['link'])
  })

  test('reads volumes with it, and files of several names as links', async () => {
    await using at = await scene()
    await run(['ln', at.below('volume/data'), at.below('volume/same')])
    expect(await list((await at.trees.readTar(at.root, '/var/lib')).body)).toEqual([
      { name: 'lib', type: 'directory', content: '', linkName: '' },
      { name: 'lib/data', type: 'directory', content: '', linkName: '' },
      { name: 'lib/data/data', type: 'file', content: 'kept', linkName: '' },
      { name: 'lib/data/same', type: 'link', content: '', linkName: 'lib/data/data' },
    ])
  })

  test('a link out of the root is a link in the tar, not what it leads to', async () => {
    await using at = await scene()
    await symlink(at.below('outside/secret'), at.below('volume/out'))
    const { body } = await at.trees.readTar(at.root, '/var/lib/data/out')
    expect(await list(body)).toEqual([
      { name: 'out', type: 'symlink', content: '', linkName: at.below('outside/secret') },
    ])
  })

  test('a path through a link out of the root leads into the root', async () => {
    await using at = await scene()
    await symlink(at.below('outside'), at.below('volume/out'))
    await expect(at.trees.readTar(at.root, '/var/lib/data/out/secret')).rejects.toThrow('Could not find')
  })

  test('a body that is not read to its end leaves no process', async () => {
    await using at = await scene()
    await run(['dd', 'if=/dev/zero', `of=${at.below('volume/big')}`, 'bs=1M', 'count=8'])
    const { body } = await at.trees.readTar(at.root, '/var/lib/data')
    for await (const _ of body) break
    expect(await readFile(at.below('volume/data'), 'utf8')).toBe('kept')
  })
})

test('exportTar has everything, without whiteouts', async () => {
  await using at = await scene()
  await run(['mknod', at.below('upper/usr'), 'c', '0', '0'])
  expect(await names(await at.trees.exportTar({ ...at.root, mounts: [] }))).toEqual(['etc', 'etc/motd'])
})

describe('extractTar', () => {
  test('writes into the layer of the container and into its volumes, compressed or not', async () => {
    await using at = await scene()
    await at.trees.extractTar(at.root, '/etc', chunked(archiveOf({ name: 'new', content: '1', uid: 5 })))
    await at.trees.extractTar(at.root, '/var/lib/data', chunked(gzipSync(archiveOf({ name: 'new', content: '2' }))))
    expect(await readFile(at.below('upper/etc/new'), 'utf8')).toBe('1')
    expect(await readFile(at.below('volume/new'), 'utf8')).toBe('2')
    expect(await readdir(at.below('one/etc'))).toEqual(['motd'])
  })

  const refused: [string, string, Parameters<typeof archiveOf>, string, string][] = [
    ['a place that is a file', '/etc/motd', [{ name: 'x' }], 'invalid', 'extraction point is not a directory'],
    ['a place that is not there', '/nope', [{ name: 'x' }], 'not-found', 'Could not find the file /nope'],
    ['a name that leads out', '/etc', [{ name: '../../x' }], 'invalid', 'outside of the directory'],
  ]
  test.each(refused)('refuses %s', async (_, path, members, kind, message) => {
    await using at = await scene()
    const thrown = await at.trees.extractTar(at.root, path, chunked(archiveOf(...members))).catch(failure => failure)
    expect([thrown.kind, thrown.message]).toEqual([kind, expect.stringContaining(message)])
  })

  test('a read-only volume and a read-only root are forbidden', async () => {
    await using at = await scene({ readOnly: true })
    const tar = () => chunked(archiveOf({ name: 'x', content: '1' }))
    const places: [RootSource, string][] = [
      [at.root, '/var/lib/data'],
      [{ lower: [at.below('one')] }, '/etc'],
    ]
    for (const [root, path] of places) {
      const thrown = await at.trees.extractTar(root, path, tar()).catch(failure => failure)
      expect([thrown.kind, thrown.message]).toEqual(['forbidden', 'container rootfs is marked read-only'])
    }
    expect(await readdir(at.below('volume'))).toEqual(['data'])
  })

  test('what is no archive is said so', async () => {
    await using at = await scene()
    await expect(at.trees.extractTar(at.root, '/etc', chunked(Buffer.from('text'.repeat(400))))).rejects.toThrow(
      'invalid tar header',
    )
  })

  test('a link in the container leads nowhere else', async () => {
    await using at = await scene()
    await symlink(at.below('outside'), at.below('volume/out'))
    await symlink(at.below('outside'), at.below('upper/out'))
    const tar = () => chunked(archiveOf({ name: 'secret', content: 'bad' }))
    for (const path of ['/out', '/var/lib/data/out']) await at.trees.extractTar(at.root, path, tar()).catch(() => {})
    await at.trees.extractTar(at.root, '/', chunked(archiveOf({ name: 'out/secret', content: 'bad' }))).catch(() => {})
    expect(await readFile(at.below('outside/secret'), 'utf8')).toBe('secret')
    expect(await readdir(at.below('outside'))).toEqual(['secret'])
  })

  test('a name swapped between a directory and a link out, all the time, never leads out', async () => {
    await using at = await scene()
    const swap = `cd ${at.below('volume')}; mkdir -p d; ln -s ${at.below('outside')} l; exec 2>/dev/null
      while :; do mv -T d t; mv -T l d; mv -T d l; mv -T t d; done`
    const stop = new AbortController()
    const swapping = run(['bash', '-c', swap], { signal: stop.signal }).catch(() => {})
    const members = Array.from({ length: 300 }, (_, index) => ({ name: `d/f${index}`, content: 'bad' }))
    for (let round = 0; round < 5; round++) {
      await at.trees.extractTar(at.root, '/var/lib/data', chunked(archiveOf(...members))).catch(() => {})
      const body = await at.trees.readTar(at.root, '/var/lib/data/d').then(
        read => list(read.body),
        () => [],
      )
      expect(body.some(({ content }) => content === 'secret')).toBe(false)
    }
    stop.abort()
    await swapping
    expect(await readdir(at.below('outside'))).toEqual(['secret'])
  })
})

describe('mountpoints', () => {
  test('of volumes are made in the container, also where its image has a link, and never outside', async () => {
    await using at = await scene({ destination: '/run/deep/data' })
    await symlink(at.below('outside'), at.below('two/run'))
    expect(await at.trees.statPath(at.root, '/run/deep/data/data')).toMatchObject({ size: 4 })
    expect(await readdir(at.below('outside'))).toEqual(['secret'])
  })

  test('a file is mounted on a file', async () => {
    await using at = await scene()
    const root = {
      ...at.root,
      mounts: [{ source: at.below('outside/secret'), destination: '/etc/hosts', readOnly: true }],
    }
    expect(await at.trees.statPath(root, '/etc/hosts')).toMatchObject({ size: 6 })
    expect((await lstat(at.below('upper/etc/hosts'))).size).toBe(0)
  })

  test('nothing is mounted on the host, and nothing stays mounted', async () => {
    await using at = await scene()
    await at.trees.statPath(at.root, '/etc')
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(at.path)
  })
})

describe('copyUp', () => {
  test('fills an empty volume, with the owner and mode of the directory; a second time does nothing', async () => {
    await using at = await scene()
    await run(['chown', '5:6', at.below('one/etc')])
    await run(['chmod', '1770', at.below('one/etc')])
    await mkdir(at.below('new'))
    const image = { lower: [at.below('two'), at.below('one')] }
    expect(await at.trees.copyUp(image, '/etc', at.below('new'))).toBe(true)
    expect(await readFile(at.below('new/motd'), 'utf8')).toBe('hello')
    const { uid, gid, mode } = await lstat(at.below('new'))
    expect([uid, gid, mode & 0o7777]).toEqual([5, 6, 0o1770])
    await writeFile(at.below('new/motd'), 'own')
    expect(await at.trees.copyUp(image, '/etc', at.below('new'))).toBe(false)
    expect(await readFile(at.below('new/motd'), 'utf8')).toBe('own')
  })

  test('a place with `..` or a link to the host gives nothing of the host', async () => {
    await using at = await scene()
    await symlink(at.below('outside'), at.below('one/out'))
    await mkdir(at.below('new'))
    for (const path of ['/out', '/../../../..'.repeat(3) + at.below('outside'), '/nothing', '/etc/motd']) {
      expect(await at.trees.copyUp({ lower: [at.below('one')] }, path, at.below('new'))).toBe(false)
    }
    expect(await readdir(at.below('new'))).toEqual([])
  })
})

test('usage counts a file of several names once', async () => {
  await using at = await scene()
  await run(['ln', at.below('volume/data'), at.below('volume/same')])
  expect(await at.trees.usage(at.below('volume'))).toBe(4)
})

test('changes tells what was added, changed and deleted', async () => {
  await using at = await scene()
  await at.trees.extractTar(
    at.root,
    '/',
    chunked(
      archiveOf(
        { name: 'etc/motd', content: 'changed' },
        { name: 'etc/new', content: 'x' },
        { name: 'usr', content: 'now a file' },
      ),
    ),
  )
  const changes = await at.trees.changes(at.below('upper'), [at.below('two'), at.below('one')])
  expect(changes).toEqual([
    { path: '/etc', kind: 0 },
    { path: '/etc/motd', kind: 0 },
    { path: '/etc/new', kind: 1 },
    { path: '/usr', kind: 0 },
    { path: '/var', kind: 1 },
    { path: '/var/lib', kind: 1 },
    { path: '/var/lib/data', kind: 1 },
  ])
})
