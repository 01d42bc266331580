import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../../store/database/database.ts'
import { type ContainerRecord, initialState } from './container.ts'
import { ContainerRows } from './container-rows.ts'
import { ContainerTable } from './container-table.ts'

const idOf = (start: string) => start.padEnd(64, '0')
const recordOf = (id: string, name: string): ContainerRecord => ({
  id,
  name,
  created: '2026-01-01T00:00:00.5Z',
  imageRef: 'busybox',
  imageId: 'sha256:1',
  diffIds: [],
  platform: 'linux',
  path: 'sh',
  args: [],
  config: {},
  hostConfig: {},
  networking: {},
  mounts: [],
  state: initialState(),
  restartCount: 0,
  manuallyStopped: false,
})

function tableOf(...containers: [id: string, name: string][]) {
  const directory = mkdtempSync(join(tmpdir(), 'berth-table-'))
  const database = openDatabase(join(directory, 'berth.db'))
  const table = new ContainerTable(new ContainerRows(database))
  for (const [id, name] of containers) {
    table.reserve(name, id)
    table.insert(recordOf(id, name), 'durable')
  }
  const end = () => {
    database.close()
    rmSync(directory, { recursive: true })
  }
  return { table, database, [Symbol.dispose]: end }
}

const [a, b] = [idOf('abc1'), idOf('abd2')]

test('a container is found by id, name, name with slash, and the beginning of its id', () => {
  using made = tableOf([a, 'one'], [b, 'two'])
  for (const given of [a, 'one', '/one', 'abc', a.slice(0, 12)]) expect(made.table.resolve(given).id).toBe(a)
})

test('a beginning that fits several is refused, one that fits none is not found', () => {
  using made = tableOf([a, 'one'], [b, 'two'])
  expect(() => made.table.resolve('ab')).toThrow('Multiple IDs found with provided prefix: ab')
  for (const given of ['ff', 'three', '..', 'a/b']) {
    expect(() => made.table.resolve(given)).toThrow(`No such container: ${given}`)
  }
})

test('a name that is another container’s id never hides that container [CVE-2014-5278]', () => {
  using made = tableOf([a, 'one'])
  expect(() => made.table.reserve(a, b)).toThrow('Conflict')
  expect(made.table.resolve(a).id).toBe(a)
})

test('a name is held from its reservation to the removal', () => {
  using made = tableOf([a, 'one'])
  const taken = `Conflict. The container name "/one" is already in use by container "${a}". You have to remove (or rename) that container to be able to reuse that name.`
  expect(() => made.table.reserve('one', b)).toThrow(taken)
  expect(() => made.table.reserve('/one', b)).toThrow(taken)
  made.table.delete(made.table.resolve('one'), 'durable')
  expect(made.table.reserve('one', b)).toBe('one')
})

test('what was stored comes back, and a damaged row does not keep the others away', () => {
  using made = tableOf([a, 'one'], [b, 'two'])
  const container = made.table.resolve('one')
  container.record.state = { ...container.record.state, status: 'exited', exitCode: 7 }
  container.record.restartCount = 3
  made.table.saveLife(container, 'relaxed')
  made.table.replace(container, { ...container.record, name: 'renamed' })
  made.database.run("UPDATE containers SET body = '{' WHERE id = ?", b)
  const again = new ContainerTable(new ContainerRows(made.database))
  expect(again.load().map(({ record }) => record)).toEqual([container.record])
  expect(again.resolve('renamed').record.restartCount).toBe(3)
})
