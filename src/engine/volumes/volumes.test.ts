import { describe, expect, test } from 'bun:test'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../../store/database/database.ts'
import type { CopyUp } from './copy-up.ts'
import { volumeMatches } from './filter.ts'
import { Volumes } from './volumes.ts'

async function engine(copy: CopyUp['copy'] = async () => {}) {
  const directory = await mkdtemp(join(tmpdir(), 'berth-volumes-'))
  const root = join(directory, 'volumes')
  const database = openDatabase(join(directory, 'berth.db'))
  const told: string[] = []
  const events = {
    emit: (_: string, action: string, id: string, more: Record<string, string> = {}) =>
      void told.push(`${action} ${id} ${Object.values(more).join(' ')}`),
  }
  const again = () =>
    new Volumes({
      database,
      events,
      root,
      plugins: { sockets: [], specs: [] },
      copyUp: { has: () => true, copy },
      measure: async () => 1000,
    })
  return {
    root,
    told,
    database,
    volumes: again(),
    /** As after a restart of the daemon. */
    again,
    [Symbol.asyncDispose]: async () => {
      database.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
const wanted = (name: string, more = {}) => ({ name, anonymous: false, labels: {}, ...more })

describe('create', () => {
  test('is idempotent and keeps what was said first', async () => {
    await using at = await engine()
    const first = await at.volumes.create({ name: 'data', labels: { a: '1' } })
    const second = await at.volumes.create({ name: 'data', labels: { a: '2' } })
    expect(second).toEqual(first)
    expect(first).toMatchObject({
      Name: 'data',
      Driver: 'local',
      Labels: { a: '1' },
      Mountpoint: join(at.root, 'data/_data'),
      Options: null,
      Scope: 'local',
    })
    expect(at.told).toEqual(['create data local'])
    expect(statSync(first.Mountpoint).mode & 0o7777).toBe(0o755)
    expect(statSync(join(at.root, 'data')).mode & 0o7777).toBe(0o710)
  })

  test('without a name makes an anonymous volume', async () => {
    await using at = await engine()
    const { Name, Labels } = await at.volumes.create({})
    expect(Name).toMatch(/^[0-9a-f]{64}$/)
    expect(Labels).toEqual({ 'com.docker.volume.anonymous': '' })
  })

  test.each([
    ['a', 'create a: volume name is too short, names should be at least two alphanumeric characters'],
    ['../x', 'create ../x: "../x" includes invalid characters for a local volume name'],
    ['.hidden', 'includes invalid characters'],
    ['a\nb', 'includes invalid characters'],
    ['x'.repeat(256), 'volume name is longer than 255 bytes'],
  ])('refuses %j', async (name, text) => {
    await using at = await engine()
    expect(at.volumes.create({ name })).rejects.toThrow(text)
    expect(at.volumes.listLocal()).toEqual([])
  })

  test('refuses drivers that are not there and options that are not known', async () => {
    await using at = await engine()
    expect(at.volumes.create({ name: 'data', driver: 'nfs' })).rejects.toThrow(
      'create data: error looking up volume plugin nfs: plugin "nfs" not found',
    )
    const refused = (driverOptions: Record<string, string>, text: string) =>
      expect(at.volumes.create({ name: 'data', driverOptions })).rejects.toThrow(text)
    await refused({ colour: 'red' }, 'create data: invalid option: "colour"')
    await refused({ device: '/', o: 'bind' }, 'create data: missing required option: "type"')
    await refused({ type: 'tmpfs' }, 'create data: missing required option: "device"')
    await refused({ size: 'much' }, "create data: invalid size: 'much'")
    await refused({ type: 'none', device: '/a\0b', o: 'bind' }, 'has a NUL byte')
    expect(existsSync(join(at.root, 'data'))).toBe(false)
  })

  test('many at once make one', async () => {
    await using at = await engine()
    await Promise.all(Array.from({ length: 20 }, () => at.volumes.create({ name: 'data' })))
    expect(at.told).toHaveLength(1)
  })
})

describe('remove', () => {
  test('takes the data along', async () => {
    await using at = await engine()
    const { Mountpoint } = await at.volumes.create({ name: 'data' })
    writeFileSync(join(Mountpoint, 'file'), '')
    await at.volumes.remove('data')
    expect(readdirSync(at.root)).toEqual([])
    expect(at.volumes.inspect('data')).rejects.toThrow('get data: no such volume')
    expect(at.told.at(-1)).toBe('destroy data local')
  })

  test('a volume that a container holds stays, by force too', async () => {
    await using at = await engine()
    await at.volumes.hold('c1', [wanted('data')])
    const text = 'remove data: volume is in use - [c1]'
    expect(at.volumes.remove('data')).rejects.toThrow(text)
    expect(at.volumes.remove('data', true)).rejects.toThrow(text)
    await at.volumes.release('c1', { removeAnonymous: true })
    await at.volumes.remove('data')
  })

  test('one that is not there is 404, and nothing by force', async () => {
    await using at = await engine()
    expect(at.volumes.remove('data')).rejects.toThrow('get data: no such volume')
    await at.volumes.remove('data', true)
  })
})

describe('containers', () => {
  test('anonymous volumes go with their last container if it is asked for', async () => {
    await using at = await engine()
    await at.volumes.hold('c1', [wanted('anon', { anonymous: true }), wanted('data')])
    await at.volumes.hold('c2', [wanted('anon', { anonymous: true })])
    await at.volumes.release('c1', { removeAnonymous: true })
    expect(at.volumes.listLocal().map(({ volume }) => volume.name)).toEqual(['anon', 'data'])
    await at.volumes.release('c2', { removeAnonymous: true })
    expect(at.volumes.listLocal().map(({ volume }) => volume.name)).toEqual(['data'])
  })

  test('and stay if it is not', async () => {
    await using at = await engine()
    await at.volumes.hold('c1', [wanted('anon', { anonymous: true })])
    await at.volumes.release('c1', { removeAnonymous: false })
    expect(at.volumes.listLocal()).toHaveLength(1)
  })

  test('mounting is told', async () => {
    await using at = await engine()
    const mount = { type: 'volume', name: 'data', destination: '/d', readOnly: true, propagation: '' }
    at.volumes.use.mounted('c1', [mount, { ...mount, type: 'bind', name: undefined }])
    at.volumes.use.unmounted('c1', [mount])
    expect(at.told).toEqual(['mount data local c1 /d  false', 'unmount data local c1'])
  })
})

describe('content of the image', () => {
  const fill: CopyUp['copy'] = async ({ path }, into) => writeFileSync(join(into, 'from'), path)

  test('fills an empty volume', async () => {
    await using at = await engine(fill)
    await at.volumes.hold('c1', [wanted('data', { copyFrom: '/srv' })], ['/layer'])
    expect(readFileSync(join(at.root, 'data/_data/from'), 'utf8')).toBe('/srv')
    expect(readdirSync(join(at.root, 'data'))).toEqual(['_data'])
  })

  test('never covers what is in one [CVE-2020-1726]', async () => {
    await using at = await engine(fill)
    const { Mountpoint } = await at.volumes.create({ name: 'data' })
    writeFileSync(join(Mountpoint, 'from'), 'mine')
    await at.volumes.hold('c1', [wanted('data', { copyFrom: '/srv' })], ['/layer'])
    expect(readFileSync(join(Mountpoint, 'from'), 'utf8')).toBe('mine')
  })

  test('a copy that fails leaves an empty volume', async () => {
    await using at = await engine(async (_, into) => {
      writeFileSync(join(into, 'half'), '')
      throw new Error('disk full')
    })
    expect(at.volumes.hold('c1', [wanted('data', { copyFrom: '/srv' })], ['/layer'])).rejects.toThrow('disk full')
    expect(readdirSync(join(at.root, 'data/_data'))).toEqual([])
  })

  test('an empty volume that another container has mounted keeps its directory', async () => {
    await using at = await engine(fill)
    await at.volumes.hold('c1', [wanted('data')])
    const { ino } = statSync(join(at.root, 'data/_data'))
    await at.volumes.hold('c2', [wanted('data', { copyFrom: '/srv' })], ['/layer'])
    expect(statSync(join(at.root, 'data/_data')).ino).toBe(ino)
    expect(existsSync(join(at.root, 'data/_data/from'))).toBe(true)
  })
})

describe('after a kill', () => {
  test('a removal that had begun is ended', async () => {
    await using at = await engine()
    await at.volumes.create({ name: 'data' })
    Bun.spawnSync(['mv', join(at.root, 'data'), join(at.root, '.removing-data-00')])
    at.database.run('DELETE FROM volumes')
    const again = at.again()
    await again.recover(new Set())
    expect(readdirSync(at.root)).toEqual([])
    expect(again.listLocal()).toEqual([])
  })

  test('a directory without a row is a volume again', async () => {
    await using at = await engine()
    mkdirSync(join(at.root, 'data/_data'), { recursive: true })
    writeFileSync(join(at.root, 'data/_data/file'), '')
    const again = at.again()
    await again.recover(new Set())
    expect((await again.inspect('data')).Name).toBe('data')
    expect(readdirSync(join(at.root, 'data/_data'))).toEqual(['file'])
  })

  test('a row without a directory gets an empty one', async () => {
    await using at = await engine()
    const { Mountpoint } = await at.volumes.create({ name: 'data' })
    await rm(join(at.root, 'data'), { recursive: true })
    await at.again().recover(new Set())
    expect(existsSync(Mountpoint)).toBe(true)
  })

  test('containers that never came to be hold nothing', async () => {
    await using at = await engine()
    await at.volumes.hold('ghost', [wanted('anon', { anonymous: true }), wanted('data')])
    await at.volumes.hold('real', [wanted('mine', { anonymous: true })])
    const again = at.again()
    await again.recover(new Set(['real']))
    expect(again.listLocal().map(({ volume, holders }) => [volume.name, holders])).toEqual([
      ['data', 0],
      ['mine', 1],
    ])
  })
})

describe('list', () => {
  const candidate = (holders: number, labels: Record<string, string> | null = null) => ({
    volume: { name: 'some-data', driver: 'local', options: null, labels, created: '', anonymous: false },
    holders,
  })
  const matches = (filters: Record<string, string[]>, which = candidate(0, { a: '1' })) =>
    volumeMatches(new Map(Object.entries(filters)), which)

  test('filters', () => {
    expect(matches({})).toBe(true)
    expect(matches({ name: ['x', 'data'] })).toBe(true)
    expect(matches({ name: ['x'] })).toBe(false)
    expect(matches({ label: ['a', 'a=1'] })).toBe(true)
    expect(matches({ label: ['a=2'] })).toBe(false)
    expect(matches({ label: ['toString'] })).toBe(false)
    expect(matches({ driver: ['nfs'] })).toBe(false)
    expect(matches({ dangling: ['true'] })).toBe(true)
    expect(matches({ dangling: ['true'] }, candidate(1))).toBe(false)
    expect(matches({ dangling: ['0'] }, candidate(1))).toBe(true)
    expect(() => matches({ dangling: ['maybe'] })).toThrow("invalid filter 'dangling=[maybe]'")
  })
})
