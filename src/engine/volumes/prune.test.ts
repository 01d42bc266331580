import { describe, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../../store/database/database.ts'
import { wantsAll } from './prune.ts'
import { Volumes } from './volumes.ts'

async function scene() {
  const directory = await mkdtemp(join(tmpdir(), 'berth-prune-'))
  const database = openDatabase(join(directory, 'berth.db'))
  const told: string[] = []
  const events = { emit: (_: string, action: string, id: string) => void told.push(`${action} ${id}`) }
  const root = join(directory, 'volumes')
  const volumes = new Volumes({
    database,
    events,
    root,
    plugins: { sockets: [], specs: [] },
    copyUp: { has: () => false, copy: async () => {} },
    measure: async () => 1000,
  })
  for (const name of ['free', 'held']) await volumes.create({ name, labels: { kind: name } })
  await volumes.hold('c1', [{ name: 'held', anonymous: false, labels: {} }])
  await volumes.hold('c2', [{ name: 'anonymous', anonymous: true, labels: {} }])
  await volumes.release('c2', { removeAnonymous: false })
  told.length = 0
  return {
    volumes,
    told,
    [Symbol.asyncDispose]: async () => {
      database.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
const query = (filters: Record<string, string[]> = {}, more = {}) => ({
  filters: new Map(Object.entries(filters)),
  all: false,
  isTrial: false,
  ...more,
})

describe('prune', () => {
  test('takes anonymous volumes that nobody holds, and counts their bytes', async () => {
    await using at = await scene()
    expect(await at.volumes.prune(query())).toEqual({ names: ['anonymous'], bytes: 1000 })
    expect(at.told).toEqual(['destroy anonymous', 'prune '])
  })

  test('takes named ones too if all are asked for, by their labels', async () => {
    await using at = await scene()
    expect((await at.volumes.prune(query({ 'label!': ['kind=free'] }, { all: true }))).names).toEqual(['anonymous'])
    const both = { 'label!': ['kind=free', 'other'] }
    expect((await at.volumes.prune(query(both, { all: true, isTrial: true }))).names).toEqual(['free'])
    expect((await at.volumes.prune(query({ label: ['kind'] }, { all: true }))).names).toEqual(['free'])
    expect(at.volumes.listLocal().map(({ volume }) => volume.name)).toEqual(['held'])
  })

  test('removes nothing as a trial', async () => {
    await using at = await scene()
    expect((await at.volumes.prune(query({}, { all: true, isTrial: true }))).names).toEqual(['anonymous', 'free'])
    expect(at.volumes.listLocal()).toHaveLength(3)
    expect(at.told).toEqual([])
  })

  test('is refused while another is under way', async () => {
    await using at = await scene()
    const first = at.volumes.prune(query())
    expect(at.volumes.prune(query())).rejects.toThrow('a prune operation is already running')
    await first
  })

  test('old clients know no other way than all', () => {
    expect([wantsAll(new Map(), true), wantsAll(new Map(), false)]).toEqual([true, false])
    expect(() => wantsAll(new Map([['all', ['x']]]), false)).toThrow(
      `invalid filter 'all': strconv.ParseBool: parsing "x": invalid syntax`,
    )
  })
})
